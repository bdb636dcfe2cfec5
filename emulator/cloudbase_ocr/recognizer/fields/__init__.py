"""From pieces of text to a value: formats, checksums, resolving, another pass."""
