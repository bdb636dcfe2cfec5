"""Mutated requests to every route of the emulator and to the recorder, over raw sockets: ``make fuzz``."""
