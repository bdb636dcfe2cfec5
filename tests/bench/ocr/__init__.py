"""The accuracy benchmark: invented documents, photographed at several levels, read by us and by peers.

The pictures are drawn by code of its own, shared with nothing in the emulator, so that reading them well
does not mean having read the code that drew them. `specimens` draws those that the package ships.
"""
