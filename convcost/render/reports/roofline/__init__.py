"""The roofline of ``analyze --roofline``: on a page, and as a picture."""
