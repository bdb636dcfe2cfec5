"""Keeps tokens and secrets out of what urllib3 logs: it writes whole URLs, also at level WARNING."""

from __future__ import annotations

import logging
import re

_LOGGERS = ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry")
_SECRET = re.compile(
    r"((?:access_token|cloudbase_access_token|secret|appsecret|sign)=)[^&\s\"')]*", re.IGNORECASE
)


class _WithoutSecrets(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        hidden = _SECRET.sub(r"\1***", text)
        if hidden != text:
            record.msg, record.args = hidden, ()
        return True


_FILTER = _WithoutSecrets("wxcloud")


def hide_secrets_in_logs() -> None:
    """Let urllib3 log URLs of WeChat and its object store without what signs them; more calls change nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
