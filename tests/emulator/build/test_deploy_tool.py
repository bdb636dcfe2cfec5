"""The unmodified @cloudbase/cli deploys what was built, to a server of ours that stands in for Tencent's API."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.build import Options, build
from tests.emulator.build.conftest import FUNCTIONS, Build
from tests.emulator.build.deploy_tool import TencentApi, needs_tool, tcb, tencent_api

pytestmark = [pytest.mark.check, needs_tool]


@pytest.fixture
def api() -> Iterator[TencentApi]:
    with tencent_api() as server:
        yield server


def deploy(dist: Path, name: str, api: TencentApi, home: Path, **variables: str) -> dict[str, Any]:
    """Run ``tcb fn deploy`` in the folder with cloudbaserc.json; return what it asks Tencent to create."""
    tcb(["fn", "deploy", name, "--yes", "--deployMode", "zip"], dist, home, api, **variables)
    return api.created[-1]


def uploaded(request: dict[str, Any]) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(base64.b64decode(request.pop("Code")["ZipFile"])))


def test_event_function_is_created_as_built(built: Build, api: TencentApi, tmp_path: Path) -> None:
    package = built("3.10")["idcard"]
    request = deploy(package.folder.parent, "idcard", api, tmp_path, CLOUDBASE_ENV_ID="env-1")
    with uploaded(request) as sent, zipfile.ZipFile(package.zip) as ours:
        names = [name for name in sent.namelist() if not name.endswith("/")]
        assert sorted(names) == ours.namelist()
        assert all(sent.read(name) == ours.read(name) for name in names)
    assert (
        request.items()
        >= {
            "FunctionName": "idcard",
            "Namespace": "env-1",
            "Handler": "index.main",
            "Runtime": "Python3.10",
            "Timeout": 20,
            "MemorySize": 256,
            "InstallDependency": "FALSE",
        }.items()
    )
    assert "Environment" not in request, "variables set in the console stay"


def test_http_function_and_variables(wheels: Path, api: TencentApi, tmp_path: Path) -> None:
    options = Options("3.9", "http", wheels, "env-1", ("WECHAT_APPID", "WECHAT_APPSECRET"))
    dist = tmp_path / "dist"
    build(FUNCTIONS, ("menu",), dist, options)
    (dist / ".env.local").write_text("WECHAT_APPID=wx1\nWECHAT_APPSECRET=of-the-test\n", encoding="utf-8")
    request = deploy(dist, "menu", api, tmp_path / "home")
    with uploaded(request) as sent:
        assert sent.getinfo("scf_bootstrap").external_attr >> 16 & 0o777 == 0o755
    assert (request["Type"], request["Runtime"]) == ("HTTP", "Python3.9")
    assert request["Environment"]["Variables"] == [
        {"Key": "WECHAT_APPID", "Value": "wx1"},
        {"Key": "WECHAT_APPSECRET", "Value": "of-the-test"},
    ]
