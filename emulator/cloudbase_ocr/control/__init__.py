"""State that a test may turn (clock, quotas, faults, the call log), and `Control`, which turns it."""
