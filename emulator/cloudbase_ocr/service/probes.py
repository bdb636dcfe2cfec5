"""``/readyz``: whether requests should come here. Without token, because those who probe have none; it tells no more.

``/healthz``, whether the process lives, is answered by the server itself (server/connections.py), also while it is busy
to the last place, or ends. While it ends, ``/readyz`` is answered with 503 by the server, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from cloudbase_ocr.core.held import RETRY_AFTER
from cloudbase_ocr.core.responses import json_response
from cloudbase_ocr.recognizer.serving.service import READY
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.state.surfaces import READYZ

if TYPE_CHECKING:
    from cloudbase_ocr.state.emulator import Emulator

NONE = "none"
REACHED, AWAY = "reached", "away"

bp = Blueprint("probes", __name__)


@bp.get(READYZ)
def readyz() -> Response:
    """Tell with 200 or 503 whether the engine is loaded and the shared state is reached."""
    emulator = current()
    engine, state = engine_of(emulator), state_of(emulator)
    ready = engine in (READY, NONE) and state != AWAY
    answer = json_response({"ready": ready, "engine": engine, "state": state}, 200 if ready else 503)
    answer.headers["Cache-Control"] = "no-store"
    if not ready:
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def engine_of(emulator: Emulator) -> str:
    """Return what the recognizer is doing (recognizer/serving/service.py); ``none`` where there is none to wait for."""
    return NONE if emulator.recognizer is None else emulator.recognizer.status().state


def state_of(emulator: Emulator) -> str:
    """Return whether what instances share is reached; ``none`` where nothing is shared. Takes less than a second."""
    if emulator.shared is None:
        return NONE
    return REACHED if emulator.shared.ping() else AWAY
