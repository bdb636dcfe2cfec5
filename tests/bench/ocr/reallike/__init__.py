"""Drawings that have what real pictures have and L0 to L3 do not: the level R of the benchmark."""
