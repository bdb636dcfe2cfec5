"""What the tests of the journal share: functions that call WeChat, and ways to read trees."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from cloudbase_ocr.server import Server

NAME, NUMBER = "欧阳发明", "990101199001011234"  # nobody's: no region has the code 990101

FUNCTIONS = {
    # wxcloud, as the shipped functions use it.
    "reads": """
        import wxcloud as cloud

        main = cloud.function("ocr.idcard")
    """,
    # A user's own code, with requests and no wxcloud.
    "plain": """
        import os
        import requests

        BASE = os.environ["WXCLOUD_API_BASE"]

        def main(event, context):
            asked = {"access_token": "mock://wxplain", "img_url": "mock://idcard"}
            for number in range(event.get("calls", 1)):
                path = "/cv/ocr/idcard" if number % 2 == 0 else "/cv/ocr/idcard?number=" + str(event.get("number"))
                requests.post(BASE + path, params={**asked, "resp_type": str(event.get("number", 0))}, timeout=20)
            return {"number": event.get("number")}
    """,
    "nested": """
        import os
        import requests

        def main(event, context):
            url = os.environ["WXCLOUD_API_BASE"] + "/_emulator/invoke"
            return requests.post(url, json={"name": "plain", "data": event}, timeout=20).json()["result"]
    """,
    "fails": """
        def main(event, context):
            raise KeyError(event["name"])
    """,
}


def write_functions(root: Path) -> Path:
    """Write the functions below `root`, with wxcloud beside them, and return the folder."""
    import wxcloud

    folder = root / "functions"
    for name, code in FUNCTIONS.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "index.py").write_text(textwrap.dedent(code), encoding="utf-8")
        config = {"permissions": {"openapi": ["ocr.idcard"]}, "timeout": 20}
        (folder / name / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "wxcloud").symlink_to(Path(str(wxcloud.__file__)).parent, target_is_directory=True)
    return folder


def invoke(server: Server, name: str, data: Any, **caller: str) -> Any:
    """Call a function as wx.cloud.callFunction does."""
    body = {"name": name, "data": data, **caller}
    return requests.post(server.url + "/_emulator/invoke", json=body, timeout=60).json()


def latest(server: Server, **query: Any) -> Any:
    """Return the latest tree."""
    return requests.get(server.url + "/_emulator/journal/latest", params=query, timeout=10).json()


def trees(server: Server, **query: Any) -> Any:
    """Return all trees, the latest first."""
    answer = requests.get(server.url + "/_emulator/journal", params={"limit": 2000, **query}, timeout=30)
    return answer.json()["trees"]


def outline(entry: dict[str, Any]) -> Any:
    """Return a tree as (kind, name, [children])."""
    return entry["kind"], entry["name"], [outline(child) for child in entry["children"]]


def flat(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give an entry and everything below it."""
    yield entry
    for child in entry["children"]:
        yield from flat(child)
