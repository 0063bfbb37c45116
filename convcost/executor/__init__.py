"""The second opinion: kernels that run a network and know nothing of what it should cost.

Nothing here imports the rest of convcost. A kernel takes arrays, batch first, and plain keyword
fields; what is counted is counted by the namespace it is handed (``namespace.py``) or by the
scalars inside its arrays (``tally.py``). No formula of a cost belongs here.
"""
