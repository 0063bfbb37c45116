"""Networks that other programs wrote, read as convcost's own."""
