"""A fuzzer of the command line: generated and damaged files of every kind, through every command.

``python -m fuzz --hours 1 --seed 3`` hunts; the tests run a few cases of each kind, always the
same, and everything that was ever found (``tests/data/fuzz``). docs/developing.md has a table of
what is asserted.
"""
