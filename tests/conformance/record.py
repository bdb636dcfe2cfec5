"""Records what the official wx-server-sdk makes of the emulator's replies: ``python -m tests.conformance.record``.

It needs Node and the package, for example ``npm install --prefix /tmp/sdk wx-server-sdk@4.0.2`` and
``NODE_PATH=/tmp/sdk/node_modules``. The recording is compared with wxcloud by test_sdk_objects.py.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from cloudbase_ocr.server import running
from tests.conformance.upstream import PROFILES, ask, cases, market_cases, settings_of

RECORDING = Path(__file__).with_name("wx-server-sdk-4.0.2.jsonl")


def main() -> None:
    """Ask the emulator, then the SDK, and write one line for each case."""
    lines = []
    for profile in PROFILES:
        with running(settings_of(profile)) as server:
            lines += [
                {
                    "key": case.key,
                    "api": case.api,
                    "convertCase": case.convert,
                    "arguments": case.arguments,
                    "reply": ask(server, case),
                }
                for case in (*cases(profile), *market_cases(profile))
            ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    script = Path(__file__).with_name("record.js")
    sdk = subprocess.run(
        ["node", str(script)], input=text, stdout=subprocess.PIPE, encoding="utf-8", check=True
    )
    RECORDING.write_text(sdk.stdout, encoding="utf-8")
    print(f"{len(lines)} objects recorded in {RECORDING.name}")


if __name__ == "__main__":
    main()
