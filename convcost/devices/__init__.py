"""Devices as their data sheets describe them: a file each in ``data``, read by ``read.py``."""
