"""CloudBase's ways to call a function, each in the form its clients know."""
