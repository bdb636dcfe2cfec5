"""The page for people: see what the emulator does, try it, turn it. Served at ``/`` and below ``/console/``.

Each page is one module, template, script and file of texts, all named after its subject; docs/architecture.md
says how they come together. Whatever a page does, it does through the documented control API under ``/_emulator/``.
"""
