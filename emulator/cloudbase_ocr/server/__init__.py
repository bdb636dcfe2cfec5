"""One port for everything: HTTP/1.1 in threads, within bounds, with an orderly end.

h11 reads and writes HTTP; connections, bounds and the end are ours. docs/benchmarks.md has the table of servers that
were compared, and says why none of them is used.
"""

from cloudbase_ocr.core.errors import AddressInUseError
from cloudbase_ocr.server.bounds import Bounds
from cloudbase_ocr.server.listener import Listener
from cloudbase_ocr.server.server import Server, running

__all__ = ["AddressInUseError", "Bounds", "Listener", "Server", "running"]
