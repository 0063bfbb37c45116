"""What models cost along the history of their repository."""
