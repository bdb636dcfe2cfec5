"""The operations of `Control`, one module for each group."""
