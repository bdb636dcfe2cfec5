"""Puts one emulator together: its state, its routes, and what every request passes through."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from cloudbase_ocr import ocr_only
from cloudbase_ocr.answers import Answers, Envelope, Shape, recognizer_of, shedding
from cloudbase_ocr.cloudbase import http_access
from cloudbase_ocr.cloudbase import routes as cloudbase_routes
from cloudbase_ocr.cloudbase.http_routing import HttpAccess, HttpAccessPaths
from cloudbase_ocr.console import pages
from cloudbase_ocr.control import api, journal_stream
from cloudbase_ocr.core.calls import CallLog, printable
from cloudbase_ocr.core.clock import Clock, TurnableClock
from cloudbase_ocr.core.held import RETRY_AFTER, BoundedBodies, HeldBodies, TooMuchHeld
from cloudbase_ocr.core.routing import Application
from cloudbase_ocr.journal import middleware, received
from cloudbase_ocr.journal.files import JournalFile
from cloudbase_ocr.journal.function_history import FunctionHistory
from cloudbase_ocr.journal.invocations import InvocationListeners
from cloudbase_ocr.journal.journal import Journal
from cloudbase_ocr.journal.kept import MEGABYTE, Kept
from cloudbase_ocr.journal.received import KEPT, ReceivedRequests
from cloudbase_ocr.project import find_project
from cloudbase_ocr.recognizer.installed import not_installed
from cloudbase_ocr.runtime import Debugging, DebugPorts, Runtime, RuntimeHooks, RuntimeOptions
from cloudbase_ocr.service import metrics, probes, tracing
from cloudbase_ocr.settings import LOCAL_ENV_ID, Settings, setting_fields
from cloudbase_ocr.state.emulator import Emulator, emulator_of, install
from cloudbase_ocr.state.faults import Fault, Faults
from cloudbase_ocr.state.faults.injection import inject
from cloudbase_ocr.state.gate import Gate
from cloudbase_ocr.state.guard import Guard
from cloudbase_ocr.state.keeping import keep_state, parts_of
from cloudbase_ocr.state.sessions import Sessions
from cloudbase_ocr.tls import AuthorityStore
from cloudbase_ocr.wechat import routes as wechat_routes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

BODIES_LOGGER_NAME = "cloudbase_ocr.bodies"

_ANY_SECRET = "emulator"  # noqa: S105 - the emulator's own, for accounts that have none


def create_app(
    settings: Settings | None = None, *, clock: Clock | None = None, debugging: Debugging | None = None
) -> Flask:
    """Return the emulator as a Flask application; `clock` replaces the system's for tests.

    `debugging` takes the place of what the settings say of debuggers.

    Raises:
        FixtureError: a fixture does not follow the contract; the message names file and field.
        ValueError: a setting makes no sense; the message names it.
    """
    app = Application("cloudbase_ocr", static_folder=None)
    # Flask's own bounds answer with HTML pages; each surface reads bodies with bounds of its own.
    app.config.update(MAX_CONTENT_LENGTH=None, MAX_FORM_MEMORY_SIZE=None)
    # Two slashes in a row are an address that does not exist, and not one to redirect to with a page of HTML.
    app.url_map.merge_slashes = False
    settings = settings or Settings()
    install(app, _create_state(settings, clock or TurnableClock(), debugging or _debugging(settings)))
    Gate(emulator_of(app).settings, emulator_of(app).guard).init_app(app)
    api.init_app(app)
    if emulator_of(app).settings.ocr_only:
        ocr_only.install(app)
    wechat_routes.init_app(app)
    cloudbase_routes.init_app(app)
    pages.init_app(app)
    app.register_error_handler(HTTPException, _refuse)
    app.register_blueprint(journal_stream.bp)
    app.register_blueprint(probes.bp)
    metrics.init_app(app, emulator_of(app))
    tracing.init_app(emulator_of(app))
    keep_state(app)
    received.init_app(app, emulator_of(app).journal, emulator_of(app).requests)
    middleware.init_app(app, emulator_of(app).journal)
    app.wsgi_app = BoundedBodies(app.wsgi_app, emulator_of(app).bodies)  # type: ignore[method-assign]  # as Flask documents
    emulator_of(app).wsgi = app.wsgi_app
    if not emulator_of(app).settings.ocr_only:
        access = HttpAccess(emulator_of(app))
        http_access.init_app(app, access)
        app.wsgi_app = HttpAccessPaths(app.wsgi_app, access)  # type: ignore[method-assign]  # as above
    return app


def _refuse(error: HTTPException) -> Response:
    """Answer what no surface claims, in JSON: Flask's pages of HTML help no client of an API."""
    text = f"{request.method} {request.path}: {error.name.lower()}. OCR is at POST /cv/ocr/idcard and its siblings."
    answer = jsonify(error=text)
    answer.status_code = error.code or 500
    if isinstance(error, TooMuchHeld):
        logging.getLogger(BODIES_LOGGER_NAME).warning(
            "%s: answered with 503: %s", printable(request.path), error.text
        )
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def _create_state(settings: Settings, clock: Clock, debugging: Debugging) -> Emulator:
    # Tokens protect a private service; only a seed, which is for tests, makes them repeat.
    random = SystemRandom() if settings.seed is None else Random(settings.seed)  # noqa: S311 - as above
    accounts = settings.accounts
    parts, shared = parts_of(settings, clock, random)
    _ = settings.origins, settings.proxies  # read here, so that a wrong one is told at the start
    missing = not_installed() if settings.recognizer else None
    recognizer = (
        shedding(recognizer_of(settings), settings) if settings.recognizer and missing is None else None
    )
    faults = _faults(settings, clock, random)
    journal = Journal(
        clock,
        personal=settings.journal_personal_data,
        file=None if settings.journal is None else JournalFile(settings.journal),
        kept=Kept(settings.journal_keep_mb * MEGABYTE, settings.journal_keep_count),
        running=lambda instance: runtime.working_on(instance),
    )
    history = FunctionHistory(journal.find)
    invocations = InvocationListeners(journal, history)
    project = find_project(settings.functions, Path.cwd())
    options = _runtime_options(
        settings, accounts, clock, settings.env_id or project.read().env_id or LOCAL_ENV_ID
    )
    runtime = Runtime(
        project,
        replace(options, debugging=debugging),
        RuntimeHooks(invocations.started, invocations.ended, partial(inject, faults)),
    )
    return Emulator(
        settings=settings,
        clock=clock,
        random=random,
        accounts=parts.accounts,
        tokens=parts.tokens,
        quotas=parts.quotas,
        faults=faults,
        files=parts.files,
        answers=Answers(
            clock,
            recognizer,
            settings.fixtures,
            Shape.of(settings),
            max_pixels=settings.max_pixels,
            scenarios=settings.scenarios,
            not_installed=str(missing or ""),
            fixtures_only=settings.strict_fixtures,
        ),
        envelope=Envelope.of(settings),
        recognizer=recognizer,
        not_installed=str(missing or ""),
        runtime=runtime,
        log=CallLog(journal.take_call),
        journal=journal,
        history=history,
        requests=ReceivedRequests(0 if settings.ocr_only else KEPT),
        invocations=invocations,
        sessions=Sessions(clock, random),
        keys=settings.keys,
        authorities=None if settings.why_no_tls else AuthorityStore(settings.tls_folder),
        guard=Guard(settings),
        guesses=parts.guesses,
        shared=shared,
        bodies=HeldBodies(settings.body_memory_mb * MEGABYTE),
    )


def _faults(settings: Settings, clock: Clock, random: Random) -> Faults:
    """Return the faults in force at the start: none, but for a setting that became one."""
    faults = Faults(clock, random)
    if settings.errcode_as_string:
        faults.add(Fault("errcode_as_string", seed=0))
    for setting in setting_fields():
        if setting.metadata["instead"] and getattr(settings, setting.name) != setting.default:
            logging.getLogger(__name__).warning(
                "the setting %s goes with the next release; use %s", setting.name, setting.metadata["instead"]
            )
    return faults


def _debugging(settings: Settings) -> Debugging:
    if settings.debug_port is None:
        return Debugging()
    if settings.ocr_only:
        raise ValueError(
            "--debug-port: a private service (--ocr-only) runs no functions; leave one of them out"
        )
    return DebugPorts(settings.debug_port, wait=settings.debug_wait)


def _runtime_options(
    settings: Settings, accounts: Mapping[str, str], clock: Clock, env_id: str
) -> RuntimeOptions:
    return RuntimeOptions(
        env={
            "WECHAT_APPID": settings.appid,
            "WECHAT_APPSECRET": accounts.get(settings.appid, _ANY_SECRET),
        },
        account_env=partial(_account_variables, settings, accounts),
        env_id=env_id,
        max_instances=settings.max_instances,
        layers=settings.layer_folders,
        node=settings.node,
        python_version=settings.python,
        clock=clock.now,
    )


def _account_variables(settings: Settings, accounts: Mapping[str, str], appid: str) -> dict[str, str]:
    """Return the credentials of a function that another account than that of the settings calls."""
    if appid in ("", settings.appid):
        return {}
    return {"WECHAT_APPID": appid, "WECHAT_APPSECRET": accounts.get(appid, _ANY_SECRET)}
