"""What one emulator holds: every piece of state has its owner here, is made in `create_app`, and can be reset."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from cloudbase_ocr.journal.middleware import VIA
from cloudbase_ocr.runtime.instance import INSTANCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from random import Random

    from cloudbase_ocr.answers import Answers, Envelope
    from cloudbase_ocr.core.calls import CallLog
    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.core.held import HeldBodies
    from cloudbase_ocr.journal.function_history import FunctionHistory
    from cloudbase_ocr.journal.invocations import InvocationListeners
    from cloudbase_ocr.journal.journal import Journal
    from cloudbase_ocr.journal.received import ReceivedRequests
    from cloudbase_ocr.recognizer import Service
    from cloudbase_ocr.runtime import Runtime
    from cloudbase_ocr.settings import Settings
    from cloudbase_ocr.state.accounts import Accounts
    from cloudbase_ocr.state.faults import Faults
    from cloudbase_ocr.state.files import FileStore
    from cloudbase_ocr.state.guard import Guard
    from cloudbase_ocr.state.guesses import Guesses
    from cloudbase_ocr.state.quotas import Quotas
    from cloudbase_ocr.state.sessions import Sessions
    from cloudbase_ocr.state.shared import Shared
    from cloudbase_ocr.state.stores import StateKeeper
    from cloudbase_ocr.state.tokens import TokenStore
    from cloudbase_ocr.tls import AuthorityStore

_EXTENSION = "emulator"


@dataclass
class Emulator:
    """The state of one emulator; blueprints reach it through :func:`current`.

    `keys` are secret IDs of Tencent Cloud with their secret keys; empty: signatures are not checked. `authorities` keep
    what TLS needs, None where there is no TLS. `guesses` counts wrong secrets, None where nobody does. `bodies` bounds
    what requests may hold in memory. `shared` is where several instances have their state, None where it is this one's
    own. `invocations` tells who listens of every call of a function. `wsgi` is the whole
    application, for requests from inside. `recognizer` is None when the settings want none, and when it is
    `not_installed`, which says so in one sentence.
    """

    settings: Settings
    clock: Clock
    random: Random
    accounts: Accounts
    tokens: TokenStore
    quotas: Quotas
    faults: Faults
    files: FileStore
    answers: Answers
    envelope: Envelope
    recognizer: Service | None
    runtime: Runtime
    log: CallLog
    journal: Journal
    history: FunctionHistory
    requests: ReceivedRequests
    sessions: Sessions
    keys: Mapping[str, str]
    authorities: AuthorityStore | None
    guard: Guard
    guesses: Guesses | None
    bodies: HeldBodies
    invocations: InvocationListeners
    shared: Shared | None = None
    keeper: StateKeeper | None = None
    not_installed: str = ""
    base_url: str = ""
    wsgi: Callable[..., Iterable[bytes]] | None = None

    def listen_on(self, base_url: str) -> None:
        """Tell functions and storage under which URL the emulator can be reached."""
        self.base_url = base_url
        # Requests of functions carry their instance in the path, so that the journal knows where they come from.
        marked = base_url + VIA + INSTANCE
        self.runtime.set_env(
            WXCLOUD_API_BASE=marked,
            # Leads wx-server-sdk in Node.js functions here; see emulator/cloudbase_ocr/cloudbase/environment.py.
            TCB_CONTEXT_CNFG=json.dumps({"URL": f"{marked}/admin"}),
        )

    def let_go(self) -> None:
        """End what would never end by itself: streams of the journal, and what a fault holds."""
        self.journal.end_listeners()
        self.faults.close()

    def runtime_for_request(self) -> Runtime:
        """Return the runtime, to run a function for the current request.

        Raises:
            HTTPException: the request comes from another machine, without the token that it needs.
        """
        self.guard.check_functions()
        return self.runtime

    def close(self) -> None:
        """End the functions' processes and remove temporary files; what is to be kept is written before."""
        if self.keeper is not None:
            self.keeper.close()
        self.faults.close()
        self.runtime.close()
        if self.recognizer is not None:
            self.recognizer.close()
        self.journal.close()
        if self.shared is not None:
            self.shared.close()


def install(app: Flask, emulator: Emulator) -> None:
    """Give `app` its state."""
    app.extensions[_EXTENSION] = emulator


def emulator_of(app: Flask) -> Emulator:
    """Return the state of `app`."""
    return cast("Emulator", app.extensions[_EXTENSION])


def current() -> Emulator:
    """Return the state of the application that handles the current request."""
    return emulator_of(current_app)
