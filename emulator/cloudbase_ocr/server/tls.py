"""TLS on the port of plain HTTP: a socket that behaves like a plain one for the rest of the server."""

from __future__ import annotations

import socket
import ssl
import tempfile
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.reach import host_of, is_emulated_host, is_loopback_host

if TYPE_CHECKING:
    from cloudbase_ocr.tls.authority import Authority

_KEPT = 128
_LOCAL = ""


class TlsSocket(ssl.SSLSocket):
    """Raises `BlockingIOError` where a plain socket does.

    `sendall` has one timeout for all of it, as that of a plain socket: to Python, it is one writing.
    """

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Receive what has come.

        Raises:
            BlockingIOError: nothing has, or too little to be read.
            ValueError: there are `flags`, which TLS cannot follow.
        """
        try:
            return super().recv(buflen, flags)
        except ssl.SSLWantReadError as error:
            raise BlockingIOError from error

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """Receive into a buffer; see `recv`."""
        try:
            return super().recv_into(buffer, nbytes, flags)
        except ssl.SSLWantReadError as error:
            raise BlockingIOError from error

    def shutdown(self, how: int) -> None:
        """Say that nothing more is sent, and read what comes as it is: nobody wants it deciphered.

        From another thread (`SHUT_RDWR`) it ends what this one waits for.
        """
        if how == socket.SHUT_WR:
            self._say_goodbye()
            super().shutdown(how)
        else:
            socket.socket.shutdown(self, how)

    def close(self) -> None:
        """Close it, and tell the client that nothing was cut off."""
        self._say_goodbye()
        super().close()

    def _say_goodbye(self) -> None:
        # One record into the buffer; whatever the client answers is not waited for.
        with suppress(OSError, ValueError):
            self.setblocking(False)
            self.unwrap()


class Contexts:
    """Certificates of one authority, for the host that a client names (SNI)."""

    def __init__(self, authority: Authority) -> None:
        """Make that for clients that name none, or this machine."""
        self.authority = authority
        self._by_name: OrderedDict[str, ssl.SSLContext] = OrderedDict()
        self._first = self._of(_LOCAL)
        self._first.sni_callback = self._choose

    def wrap(self, connection: socket.socket) -> ssl.SSLSocket:
        """Return `connection`, which does not block, as one whose handshake is still to be made."""
        return self._first.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=True
        )

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        """Take the context for a name; an alert for one that the emulator does not stand in for."""
        host = host_of(name or "")
        if not host or is_loopback_host(host):
            return None
        if not is_emulated_host(host):
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = self._of(host)
        return None

    def _of(self, host: str) -> ssl.SSLContext:
        context = self._by_name.get(host)
        if context is None:
            context = self._by_name[host] = self._made(host)
            if len(self._by_name) > _KEPT:
                self._by_name.popitem(last=False)
        self._by_name.move_to_end(host)
        return context

    def _made(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
        # Every connection ends with its answer: nothing is resumed.
        context.num_tickets = 0
        context.set_alpn_protocols(["http/1.1"])
        context.sslsocket_class = TlsSocket
        # Python reads certificates from files only; the folder is private, and gone at once.
        with tempfile.TemporaryDirectory(prefix="cloudbase-ocr-") as folder:
            path = Path(folder, "certificate.pem")
            path.write_bytes(self.authority.issue(host))
            context.load_cert_chain(path)
        return context
