"""What a port does with clients of https: those that speak TLS to it, and those that take it for their proxy."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudbase_ocr.core.reach import host_of, is_emulated_host, is_loopback_host
from cloudbase_ocr.server.heads import NotHTTP
from cloudbase_ocr.tls.errors import TlsError

if TYPE_CHECKING:
    import socket
    import ssl

    from cloudbase_ocr.server.tls import Contexts
    from cloudbase_ocr.tls.store import AuthorityStore

PLAIN = "the address begins with http:// here"

_OTHER = (
    "{host} is not one of the hosts that the emulator stands in for; start it with --pass-other-hosts, or name the "
    "host in NO_PROXY"
)
_STRANGER = "only programs of this machine may pass to other hosts"

logger = logging.getLogger("cloudbase_ocr.server")


@dataclass
class Https:
    """Decides who is served over TLS, and where CONNECT leads. Not thread-safe but for :meth:`prepare`.

    `store` keeps the authority; None: there is no TLS and no proxy here, and `why_not` says why. `passes`: CONNECT
    leads to other hosts, too, for programs of this machine.
    """

    store: AuthorityStore | None = None
    why_not: str = PLAIN
    passes: bool = False
    _contexts: Contexts | None = field(default=None, init=False)
    _failure: str = field(default="", init=False)

    @property
    def is_ready(self) -> bool:
        """Whether TLS can begin at once: the authority has been made, and its life has not ended."""
        contexts, store = self._contexts, self.store
        return contexts is not None and store is not None and store.is_current(contexts.authority)

    def check(self) -> None:
        """Refuse TLS where there is none.

        Raises:
            NotHTTP: a client speaks TLS, and must not.
        """
        if self.store is None:
            raise NotHTTP(f"a client speaks TLS to this port; {self.why_not}")

    def prepare(self) -> None:
        """Bring what TLS needs, which may take a second; whether it worked tells :meth:`wrap`."""
        if self.store is None:
            return
        try:
            from cloudbase_ocr.server.tls import Contexts

            self._contexts = Contexts(self.store.get())
        except TlsError as error:
            self._failure = str(error)
        except Exception:
            # Whatever it is, the port stays open for plain HTTP.
            logger.exception("TLS could not be prepared")
            self._failure = "TLS could not be prepared; the log says why"

    def wrap(self, connection: socket.socket) -> ssl.SSLSocket:
        """Return a connection as one that begins TLS; to be called after :meth:`prepare`.

        Raises:
            NotHTTP: there is no TLS here; the message says why.
        """
        if not self.is_ready or self._contexts is None:
            raise NotHTTP(f"a client speaks TLS to this port; {self._failure or self.why_not}")
        return self._contexts.wrap(connection)

    def leads_here(self, target: str, client: str) -> bool:
        """Tell whether CONNECT to `target` (``HOST:PORT``) from the address `client` ends here; else it passes.

        Raises:
            NotHTTP: it is refused.
        """
        if self.store is None:
            raise NotHTTP(f"a client takes this port for a proxy (CONNECT); {self.why_not}", 405)
        host = host_of(target)
        if not host or not target.rpartition(":")[2].isdigit():
            raise NotHTTP("CONNECT names no host and port")
        if is_emulated_host(host):
            return True
        if not self.passes:
            raise Refused(_OTHER.format(host=host))
        if not is_loopback_host(client):
            raise Refused(_STRANGER)
        return False


class Refused(NotHTTP):
    """CONNECT to a host that is not for the client; the text goes to it, too."""

    def __init__(self, reason: str) -> None:
        """Say why, in one sentence."""
        super().__init__(f"CONNECT refused: {reason}", 403)
        self.text = reason
