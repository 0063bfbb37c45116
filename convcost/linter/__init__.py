"""``lint`` over many files: which they are, what is found in them, and what is mended."""
