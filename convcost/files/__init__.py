"""The files of one command: how far they reach, how they are opened, how they are written."""
