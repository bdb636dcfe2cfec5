"""Secrets and signatures are compared in constant time: with `compare_digest`, and never with ``==``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.docs.page_blocks import ROOT

_SECRET = re.compile(
    r"secret|signature|\bsign\b|hmac|password|token(?!ize)|credential|authorization", re.IGNORECASE
)
_PLACES = ("emulator/cloudbase_ocr", "functions")

ALLOWED = {
    ("emulator/cloudbase_ocr/answers/conditions.py", "hiding_secrets('x', name) == HIDDEN"),
    ("emulator/cloudbase_ocr/journal/expectations.py", "hiding_secrets('x', name) == HIDDEN"),
    (
        "emulator/cloudbase_ocr/control/operation.py",
        "{parameter.name for parameter in signature} != set(meanings)",
    ),
    ("emulator/cloudbase_ocr/state/tokens.py", "(token.kind == CONTAINER) != container"),
    ("emulator/cloudbase_ocr/state/tokens.py", "token.kind == CONTAINER"),
    ("functions/wxcloud/credentials.py", "self._token == refused.get('access_token')"),
    ("functions/wxcloud/credentials.py", "self._read() != refused.get('cloudbase_access_token')"),
    ("functions/wxcloud/credentials.py", "self._read() != refused.get('access_token')"),
}
"""Names of parameters and of what is hidden, kinds of tokens, and a client's token beside its own earlier one, which
nobody else can time."""


def comparisons() -> Iterator[tuple[str, str]]:
    """Give file and text of every comparison by value that speaks of a secret; what stands in the code is none."""
    for place in _PLACES:
        for path in sorted((ROOT / place).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
                    continue
                fixed = any(isinstance(side, ast.Constant) for side in (node.left, *node.comparators))
                if not fixed and _SECRET.search(ast.unparse(node)):
                    yield path.relative_to(ROOT).as_posix(), ast.unparse(node)


@pytest.mark.check
def test_no_secret_is_compared_with_an_operator() -> None:
    assert sorted(set(comparisons()) - ALLOWED) == [], "use hmac.compare_digest, or say in ALLOWED why not"
    assert sorted(ALLOWED - set(comparisons())) == [], "not there any more"
