"""What an emulator tells those who run it as a service: whether it is ready, and what it does."""
