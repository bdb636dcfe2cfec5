"""The two networks: where text is, and what it says."""
