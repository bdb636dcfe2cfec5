"""State that a test may turn: clock, accounts and tokens, quotas, files, the call log. Each has one owner and a reset."""
