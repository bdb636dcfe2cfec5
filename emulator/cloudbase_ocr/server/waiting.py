"""Connections that no thread works on: the loop reads their heads, or what comes after their answers."""

from __future__ import annotations

import selectors
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from cloudbase_ocr.server.heads import Head


@dataclass(eq=False)
class Waiting:
    """A connection that the loop reads: its head, or, when `head` is None, what comes after its answer.

    `is_new`: nothing has come that tells HTTP from TLS. `shakes_hands`: it is TLS, and no request yet. `is_tunnel`: it
    has asked for a host with CONNECT, and begins again behind that. `is_parked`: it waits for us, and
    is not read; `was_parked`: it has waited so.
    """

    connection: socket.socket
    client: Any
    head: Head | None
    until: float
    pause_until: float = float("inf")
    bytes_left: int = 0
    is_new: bool = True
    shakes_hands: bool = False
    is_encrypted: bool = False
    is_tunnel: bool = False
    is_parked: bool = False
    was_parked: bool = False


class WaitingRoom:
    """Holds them in the order in which they came; of too many, the oldest goes."""

    def __init__(self, selector: selectors.BaseSelector, most: int) -> None:
        """Hold at most so many, each registered with `selector`."""
        self._selector = selector
        self._most = most
        self._all: dict[Waiting, None] = {}

    def __len__(self) -> int:
        """How many wait."""
        return len(self._all)

    def __iter__(self) -> Iterator[Waiting]:
        """Give them, oldest first; they may be dropped meanwhile."""
        return iter(list(self._all))

    def __contains__(self, one: object) -> bool:
        """Tell whether one waits."""
        return one in self._all

    def add(self, one: Waiting) -> None:
        """Let one wait."""
        if len(self._all) >= self._most:
            self.drop_oldest()
        self._all[one] = None
        if not one.is_parked:
            self._selector.register(one.connection, selectors.EVENT_READ, one)

    def forget(self, one: Waiting) -> None:
        """Let one go whose connection stays open; it need not wait."""
        if self._all.pop(one, self) is None and not one.is_parked:
            self._selector.unregister(one.connection)

    def drop(self, one: Waiting) -> None:
        """Close the connection of one, which need not wait."""
        self.forget(one)
        one.connection.close()

    def drop_oldest(self) -> None:
        """Close the connection that waits for the longest time."""
        self.drop(next(iter(self._all)))

    def park(self, one: Waiting) -> None:
        """Do not read one for a while."""
        if one in self._all:
            self._selector.unregister(one.connection)
        one.is_parked = True

    def unpark(self) -> None:
        """Read all again."""
        for one in self._all:
            if one.is_parked:
                one.is_parked = False
                self._selector.register(one.connection, selectors.EVENT_READ, one)
