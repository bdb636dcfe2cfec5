"""Draws the specimens that the package ships: flat sheets, and photos of them."""
