"""``--log-format json``: one object a line, for programs that collect logs. No token, secret or value is in it."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.calls import CALL, printable

if TYPE_CHECKING:
    from cloudbase_ocr.core.calls import Call


SERVE = "cloudbase_ocr.serve"
"""The logger of what the command itself has to say."""


class JsonFormatter(logging.Formatter):
    """Writes a record as JSON: ``time`` (UTC), ``level``, ``logger``, and what is known of a call, or ``message``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        moment = datetime.fromtimestamp(record.created, timezone.utc)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        call: Call | None = getattr(record, CALL, None)
        if call is None or record.levelno > logging.INFO:
            line["message"] = printable(record.getMessage().strip())
        if call is not None:
            line.update(_fields_of(call))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def json_line(message: str) -> str:
    """Return a sentence as a line of the same form; needs no lock, so that a signal handler may ask for it."""
    moment = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = {"time": moment, "level": "warning", "logger": SERVE, "message": message}
    return json.dumps(line, ensure_ascii=False)


def _fields_of(call: Call) -> dict[str, Any]:
    waited = call.trace.waited
    return {
        "request_id": call.request_id,
        "client": call.client,
        "method": printable(call.method),
        "path": printable(call.path),
        "appid": printable(call.appid),
        "errcode": call.code,
        "status": call.status,
        "seconds": round(call.seconds, 6),
        "queue_seconds": None if waited is None else round(waited, 6),
        "answered_by": printable(call.answered_by),
    }
