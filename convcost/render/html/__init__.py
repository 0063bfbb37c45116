"""Pages for browsers: elements, the frame around them, and the views that letters cannot show."""
