"""Where the state of an emulator is: in memory, in memory with a file beside it, or shared; and when it is written."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import jsonify

from cloudbase_ocr.core.errors import StateAwayError
from cloudbase_ocr.core.held import RETRY_AFTER
from cloudbase_ocr.state.emulator import emulator_of
from cloudbase_ocr.state.parts import Parts, parts_in_memory
from cloudbase_ocr.state.stores import StateKeeper

if TYPE_CHECKING:
    from random import Random

    from flask import Flask, Response

    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.settings import Settings
    from cloudbase_ocr.state.emulator import Emulator
    from cloudbase_ocr.state.shared import Shared

STATE_LOGGER_NAME = "cloudbase_ocr.state"

_logger = logging.getLogger(STATE_LOGGER_NAME)


def parts_of(settings: Settings, clock: Clock, random: Random) -> tuple[Parts, Shared | None]:
    """Return the parts of the state that the settings ask for, and where they are when they are shared.

    Raises:
        ValueError: the place cannot be used, or a file of accounts cannot.
    """
    if not settings.state_url:
        return parts_in_memory(settings, clock, random), None
    # Here: an emulator of one's own pays nothing for what is shared.
    from cloudbase_ocr.state.shared import Shared
    from cloudbase_ocr.state.shared.parts import shared_parts

    shared = Shared(settings.state_url, _logger.warning)
    return shared_parts(settings, clock, random, shared), shared


def keep_state(app: Flask) -> None:
    """Restore the state that the settings ask to keep, and write what every request changes before it is answered."""
    emulator = emulator_of(app)
    if emulator.shared is not None:
        _share_fixtures(app, emulator, emulator.shared)
        app.register_error_handler(StateAwayError, _refuse)
    elif emulator.settings.state_folder is not None:
        parts = Parts(emulator.accounts, emulator.tokens, emulator.quotas, emulator.files, emulator.guesses)
        keeper = StateKeeper(emulator.settings.state_folder, _logger.warning, emulator.answers.book, parts)
        emulator.keeper = keeper

        def save(response: Response) -> Response:
            keeper.save()
            return response

        app.after_request(save)


def _share_fixtures(app: Flask, emulator: Emulator, shared: Shared) -> None:
    from cloudbase_ocr.state.shared.fixtures import FixtureConflictError, SharedFixtures

    fixtures = SharedFixtures(shared, emulator.answers.book, _logger.warning)

    def keep(response: Response) -> Response:
        try:
            fixtures.keep()
        except FixtureConflictError as error:
            response = jsonify(error=str(error))
            response.status_code = 409
        except StateAwayError as error:
            return _refuse(error)
        return response

    app.before_request(fixtures.take_over)
    app.after_request(keep)


def _refuse(error: StateAwayError) -> Response:  # noqa: ARG001 - Flask's signature
    """Answer what is none of WeChat's calls, which say -1 themselves."""
    answer = jsonify(
        error="the shared state (--state) is not reached; try again, nothing has to be started anew"
    )
    answer.status_code = 503
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer
