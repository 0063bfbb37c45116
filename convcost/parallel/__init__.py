"""Work handed to other processes, on this machine or on others."""
