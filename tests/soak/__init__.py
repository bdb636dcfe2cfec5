"""Long tests: ``make soak``."""
