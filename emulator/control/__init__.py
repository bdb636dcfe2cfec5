"""State that a test may turn: clock, quotas, the call log. Each has one owner and a reset."""
