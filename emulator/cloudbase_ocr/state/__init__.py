"""What one emulator holds: tokens, files, sessions, quotas, faults, who may come in, and what is kept."""
