"""Projects of the shapes that Tencent's public templates have, run as they are; contents are written anew.

The shapes are those of cloudbase-templates (node-starter, node-trigger, react-starter) and awesome-cloudbase-examples
(dating, cloudbase-wx-pay, wechat-official, snapshots, simple-crm), with Python in the place of Node.js in all but one.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests import needs
from tests.emulator.commands.in_process import run_here
from tests.emulator.project.conftest import write_files

PYTHON = """
import os
def main(event, context):
    return {"limit": context["time_limit_in_ms"] // 1000, "memory": context["memory_limit_in_mb"],
            "own": {key: os.environ[key] for key in event["keys"]}}
main_handler = main
"""
NODE = """
exports.main = async (event, context) => ({limit: context.time_limit_in_ms / 1000,
  memory: context.memory_limit_in_mb, own: {}});
"""

STARTER = {
    "version": "2.0",
    "envId": "{{envId}}",
    "$schema": "https://example.com/schema.json",
    "functionRoot": "./functions",
    "functions": [
        {
            "name": "my-app",
            "timeout": 5,
            "envVariables": {},
            "runtime": "Nodejs10.15",
            "memorySize": 128,
            "handler": "index.main",
        }
    ],
    "framework": {
        "name": "starter",
        "plugins": {"function": {"use": "@cloudbase/framework-plugin-function"}},
    },
}
TRIGGER = {
    "version": "2.0",
    "envId": "{{envId}}",
    "functionRoot": "./functions",
    "functions": [
        {
            "name": "nightly",
            "timeout": 5,
            "runtime": "Python3.10",
            "memorySize": 128,
            "triggers": [{"name": "trigger", "type": "timer", "config": "0 0 2 1 * * *"}],
            "handler": "index.main",
        }
    ],
}
FRAMEWORK = {
    "version": "2.0",
    "envId": "{{envId}}",
    "functionRoot": "cloudfunctions",
    "framework": {
        "name": "starter",
        "plugins": {
            "client": {"use": "@cloudbase/framework-plugin-website", "inputs": {"outputPath": "build"}},
            "server": {
                "use": "@cloudbase/framework-plugin-function",
                "inputs": {
                    "functionRootPath": "cloudfunctions",
                    "functions": [
                        {
                            "name": "helloworld",
                            "timeout": 30,
                            "envVariables": {},
                            "runtime": "Python3.9",
                            "memory": 512,
                            "aclRule": {"invoke": True},
                        }
                    ],
                    "servicePaths": {"helloworld": "/hello"},
                },
            },
            "auth": {"use": "@cloudbase/framework-plugin-auth", "inputs": {"configs": []}},
        },
    },
}
MINI_PROGRAM = {
    "version": "2.0",
    "envId": "your-env-id",
    "functionRoot": "./cloudfunctions",
    "functions": [
        {"name": name, "timeout": 10, "envVariables": {}, "runtime": "Python3.10", "installDependency": True}
        for name in ("getCourses", "getOpenId")
    ],
    "databases": [{"collectionName": "courses", "description": "课程信息", "aclTag": "READONLY"}],
}
ONE_FOLDER = {
    "$schema": "https://example.com/schema.json",
    "version": "2.0",
    "envId": "{{env.TCB_ENV_ID}}",
    "_comment": "部署见各子目录",
    "functions": [
        {
            "name": "pay-common",
            "timeout": 30,
            "runtime": "Python3.10",
            "handler": "app.main_handler",
            "memorySize": 256,
            "installDependency": True,
            "dir": "./",
            "envVariables": {"appId": "{{env.WX_APP_ID}}", "privateKey": "{{env.PRIVATE_KEY}}"},
            "ignore": ["node_modules", ".git", ".env", "tests", "*.pem"],
        }
    ],
    "cloudrun": {"name": "pay-common"},
}
WEB_APP = {
    "envId": "{{env.CLOUDBASE_ENV_ID}}",
    "version": "2.0",
    "app": {"buildCommand": "npm run build", "outputDir": "dist", "deployPath": "/"},
    "functions": [
        {
            "name": "crm_customer",
            "timeout": 60,
            "envVariables": {},
            "runtime": "Python3.10",
            "memorySize": 256,
            "handler": "index.main",
        }
    ],
    "databases": [{"collectionName": "customers"}],
}


class Template:
    """A template: its cloudbaserc.json, where its first function is, and what this one is to see."""

    def __init__(
        self,
        content: dict[str, Any],
        code: str,
        *,
        limit: int,
        memory: int = 256,
        own: dict[str, str] | None = None,
    ) -> None:
        self.content = content
        self.code = code
        self.function = Path(code).parent.name or "pay-common"
        self.own = own or {}
        self.seen = {"limit": limit, "memory": memory, "own": self.own}


TEMPLATES = {
    "node-starter": Template(STARTER, "functions/my-app/index.js", limit=5, memory=128),
    "node-trigger": Template(TRIGGER, "functions/nightly/index.py", limit=5, memory=128),
    "react-starter": Template(FRAMEWORK, "cloudfunctions/helloworld/index.py", limit=30, memory=512),
    "dating": Template(MINI_PROGRAM, "cloudfunctions/getCourses/index.py", limit=10),
    "cloudbase-wx-pay": Template(
        ONE_FOLDER, "app.py", limit=30, own={"appId": "wx1", "privateKey": "-----\nA\n-----"}
    ),
    "simple-crm": Template(WEB_APP, "cloudfunctions/crm_customer/index.py", limit=60),
}
DOTENV = 'WX_APP_ID=wx1\nPRIVATE_KEY="-----\\nA\\n-----"\nTCB_ENV_ID=pay-1\n'


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_runs_with_invoke(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    template = TEMPLATES[name]
    node = template.code.endswith(".js")
    if node and shutil.which("node") is None:
        pytest.skip(needs.NODE)
    files = {
        "cloudbaserc.json": template.content,
        template.code: NODE if node else PYTHON,
        ".env.local": DOTENV,
    }
    monkeypatch.chdir(write_files(tmp_path, files))
    # Somebody's emulator may run on the port where `invoke` looks for one.
    monkeypatch.setattr("cloudbase_ocr.commands.invoke.EmulatorClient.is_running", lambda _self: False)
    event = json.dumps({"keys": [*template.own]})
    done = run_here(capsys, "invoke", template.function, event, "--no-recognizer")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"] == template.seen
