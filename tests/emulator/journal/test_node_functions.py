"""Requests of Node.js functions belong to their calls, too; skipped without Node.js."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.emulator.control.journal_client import invoke, trees

pytestmark = pytest.mark.check

# As wx-server-sdk finds its server, without the SDK.
_CODE = """
const http = require('http')

exports.main = event => new Promise((resolve, reject) => {
  const url = new URL(JSON.parse(process.env.TCB_CONTEXT_CNFG).URL)
  const body = JSON.stringify({
    action: 'storage.batchGetDownloadUrl', envName: event.env, file_list: [{ fileid: event.file, max_age: 60 }],
  })
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
  const request = http.request(url, { method: 'POST', headers }, reply => {
    reply.resume()
    reply.on('end', () => resolve({ number: event.number }))
  })
  request.on('error', reject)
  request.end(body)
})
"""


@pytest.mark.skipif(shutil.which("node") is None, reason=needs.NODE)
def test_requests_of_node_functions_belong_to_their_calls(tmp_path: Path) -> None:
    (tmp_path / "node").mkdir()
    (tmp_path / "node" / "index.js").write_text(_CODE, encoding="utf-8")
    (tmp_path / "node" / "config.json").write_text('{"timeout": 20}', encoding="utf-8")
    with running(Settings(port=0, recognizer=False, functions=tmp_path)) as server:
        with ThreadPoolExecutor(4) as threads:
            list(
                threads.map(lambda number: invoke(server, "node", {"env": "a", "number": number}), range(12))
            )
        found = trees(server)
    assert len(found) == 12
    for tree in found:
        (function,) = tree["children"]
        assert [(child["kind"], child["name"]) for child in function["children"]] == [
            ("storage", "storage.batchGetDownloadUrl")
        ]
