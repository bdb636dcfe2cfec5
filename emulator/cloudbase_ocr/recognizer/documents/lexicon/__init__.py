"""Words that documents choose from."""
