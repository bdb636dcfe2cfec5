"""The page "your client": each line is run with its client, unmodified, where the machine has it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.clients.literal import WEROBOT, install
from tests.clients.sdks import MODULES, missing
from tests.docs.page_blocks import CHINESE, ROOT, blocks, read

PAGE = "docs/howto/your-client.md"
ADDRESS = "127.0.0.1:8787"
CARD = ROOT / "emulator/cloudbase_ocr/specimens/idcard-front.jpg"
LITERAL = "https://api.weixin.qq.com/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard"
NAME = "张三"
TCB = "@cloudbase/cli"
LOGIN = "tcb (@cloudbase/cli), once"


@dataclass(frozen=True)
class Trial:
    """A program of a client; where the line of the page is a setting, LINE stands for it. It prints the card's name."""

    client: str
    program: str
    file: str = ""
    packages: tuple[str, ...] = ()
    installed: str = ""


NODE_CLOUD = (
    "cloud.openapi.ocr.idcard({ type: 'photo', imgUrl: 'mock://idcard' })"
    ".then((reply) => console.log(reply.name))"
)
TRIALS = (
    Trial(
        "wx-server-sdk 2.6.3 and later",
        f"const cloud = require('wx-server-sdk')\ncloud.init()\n{NODE_CLOUD}",
        "index.js",
        ("wx-server-sdk",),
    ),
    Trial(
        "wx-server-sdk, older",
        "Object.assign(process.env, { TENCENTCLOUD_SECRETID: 'a', TENCENTCLOUD_SECRETKEY: 'b' })\n"
        f"const cloud = require('wx-server-sdk-1')\nLINE\n{NODE_CLOUD}",
        "program.js",
        ("wx-server-sdk-1",),
    ),
    *(
        Trial(
            package,
            f"const tcb = require('{package}')\nLINE\n"
            "app.callWxOpenApi({ apiName: 'ocr.idcard', requestData: { img_url: 'mock://idcard' } })"
            ".then((reply) => console.log(JSON.stringify(reply)))",
            "program.js",
            (package,),
        )
        for package in ("@cloudbase/node-sdk", "tcb-admin-node")
    ),
    Trial(
        "node-easywechat",
        "const { MiniApp } = require('node-easywechat')\nLINE\n"
        "app.getClient().request('POST', '/cv/ocr/idcard', { params: { img_url: 'mock://idcard' } })"
        ".then((reply) => console.log(JSON.stringify(reply.toObject(false))))",
        "program.js",
        ("node-easywechat",),
    ),
    Trial(
        "co-wechat-api",
        "const api = new (require('co-wechat-api'))('wx1', 's')\nLINE\n"
        f"api.getAccessToken().then((token) => console.log(token.accessToken && '{NAME}'))",
        "program.js",
        ("co-wechat-api",),
    ),
    Trial(
        "wechat-api",
        "const api = new (require('wechat-api'))('wx1', 's')\nLINE\n"
        f"api.getAccessToken((error, token) => console.log(error || (token.accessToken && '{NAME}')))",
        "program.js",
        ("wechat-api",),
    ),
    Trial(
        "tencentcloud-sdk-python",
        "from tencentcloud.common.credential import Credential\n"
        "from tencentcloud.common.profile.client_profile import ClientProfile\n"
        "from tencentcloud.common.profile.http_profile import HttpProfile\n"
        "from tencentcloud.scf.v20180416 import models, scf_client\n"
        "LINE\n"
        "request = models.InvokeRequest()\n"
        'request.FunctionName, request.ClientContext = "idcard", \'{"imgUrl": "mock://idcard"}\'\n'
        'print(scf_client.ScfClient(Credential("a", "b"), "ap-shanghai", profile).Invoke(request).Result.RetMsg)\n',
        "program.py",
    ),
    Trial(
        "requests, urllib, httpx, aiohttp with `trust_env`",
        "import json, requests, urllib.request\n"
        f'print(requests.post("{LITERAL}", timeout=20).json()["name"])\n'
        f'print(json.load(urllib.request.urlopen("{LITERAL}", data=b"", timeout=20))["name"])\n',
        "program.py",
    ),
    Trial(
        "wechatpy",
        "from wechatpy import WeChatClient\n"
        'client = WeChatClient("wx1", "secret")\n'
        'print(client.wxa.ocr_idcard(img_url="mock://idcard")["name"])\n',
        "wechatpy_bot.py",
    ),
    Trial(
        "WeRoBot",
        "from werobot.client import Client\n"
        'client = Client({"APP_ID": "wx1", "APP_SECRET": "secret"})\n'
        'query = {"access_token": client.token, "img_url": "mock://idcard"}\n'
        'print(client.post("https://api.weixin.qq.com/cv/ocr/idcard", params=query)["name"])\n',
        "robot.py",
        installed=f"werobot=={WEROBOT}",
    ),
    Trial("curl", "", "card.jpg"),
    Trial(
        "Node's https, fetch, axios",
        f"const url = '{LITERAL}'\n"
        "const show = (text) => console.log(JSON.parse(text).name)\n"
        "require('https').request(url, { method: 'POST' }, (reply) => reply.on('data', show)).end()\n"
        "fetch(url, { method: 'POST' }).then((reply) => reply.text()).then(show)\n",
        "program.js",
        ("wx-server-sdk",),
    ),
    Trial(
        "node-easywechat (literal)",
        "const { MiniApp } = require('node-easywechat')\n"
        "const app = new MiniApp({ app_id: 'wx1', secret: 's' })\n"
        "app.getClient().request('POST', '/cv/ocr/idcard', { params: { img_url: 'mock://idcard' } })"
        ".then((reply) => console.log(JSON.stringify(reply.toObject(false))))",
        "easywechat.js",
        ("node-easywechat",),
    ),
    Trial(
        "Java: HttpURLConnection, java.net.http, OkHttp, WxJava",
        "import java.net.*; import java.net.http.*;\n"
        "class Card { public static void main(String[] none) throws Exception {\n"
        f'  String address = "{LITERAL}";\n'
        "  var plain = (HttpURLConnection) new URL(address).openConnection();\n"
        '  plain.setRequestMethod("POST"); plain.setDoOutput(true); plain.getOutputStream().close();\n'
        '  System.out.println(new String(plain.getInputStream().readAllBytes(), "UTF-8"));\n'
        "  var request = HttpRequest.newBuilder(URI.create(address)).POST(HttpRequest.BodyPublishers.noBody());\n"
        "  var reply = HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());\n"
        "  System.out.println(reply.body());\n"
        "} }\n",
        "Card.java",
    ),
    Trial(
        "@cloudbase/manager-node",
        "const CloudBase = require('@cloudbase/manager-node')\n"
        "const app = new CloudBase({ secretId: 'any', secretKey: 'any', envId: 'local-ocr' })\n"
        "app.functions.invokeFunction('idcard', { imgUrl: 'mock://idcard' })"
        ".then((reply) => console.log(reply.RetMsg))",
        "manager.js",
        ("@cloudbase/manager-node",),
    ),
    Trial("tcb (@cloudbase/cli)", "", "any", (TCB,)),
    Trial(
        "EasyWeChat 6, PHP's curl",
        f"<?php $call = curl_init('{LITERAL}');\n"
        "curl_setopt_array($call, [CURLOPT_RETURNTRANSFER => true, CURLOPT_POST => true, CURLOPT_POSTFIELDS => '']);\n"
        "echo curl_exec($call), curl_error($call);\n",
        "program.php",
    ),
    Trial(
        "PowerWeChat, Go's default transport",
        'package main\nimport ("io"; "net/http"; "os")\nfunc main() {\n'
        f'  reply, err := http.Post("{LITERAL}", "", nil)\n'
        "  if err != nil { panic(err) }\n  io.Copy(os.Stdout, reply.Body)\n}\n",
        "main.go",
    ),
)

LANGUAGES = {"java": needs.JAVA, "curl": needs.CURL, "php": needs.PHP, "go": needs.GO}

ELSEWHERE = {
    "@cloudbase/js-sdk 3": "tests/clients/js_sdk.js",
    "weixin-python": "",
    "silenceper/wechat": "",
    "WxJava": "",
    "EasyWeChat 4, 5": "",
    "Senparc.Weixin on Linux": "",
}
"""Clients that are not run here: in another file's program, or because the machine lacks their language or library."""


def rows(page: str) -> list[tuple[str, str]]:
    """Return the clients of a page with their lines; the second row of a client counts as the literal one."""
    found: list[tuple[str, str]] = []
    for client, line in re.findall(r"^\| (.+?) \| `(.+)` \|$", read(page), flags=re.MULTILINE):
        again = any(client == each for each, _ in found)
        found.append((f"{client} (literal)" if again else client, line))
    return found


LINES = dict(rows(PAGE))


def test_both_pages_have_the_same_lines() -> None:
    assert [line for _, line in rows(CHINESE[PAGE])] == [line for _, line in rows(PAGE)]
    texts = [each.text for each in blocks(PAGE)]
    assert texts
    assert [each.text for each in blocks(CHINESE[PAGE])] == texts


def test_each_client_is_run_or_named() -> None:
    assert sorted(LINES) == sorted([*(trial.client for trial in TRIALS), LOGIN, *ELSEWHERE])
    for client, file in ELSEWHERE.items():
        if file:
            assert LINES[client].partition("(")[0] in (ROOT / file).read_text("utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = Settings(port=0, recognizer=False, tls_folder=tmp_path_factory.mktemp("tls"))
    with running(settings) as server:
        Control(server.emulator).reply("ocr.idcard", {"type": "Front", "name": NAME})
        yield server


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for libraries that one test needs."""
    return tmp_path_factory.mktemp("libraries")


def environment(server: Server, libraries: Path) -> dict[str, str]:
    scripts = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": os.pathsep.join((str(scripts), str(MODULES / ".bin"), os.environ["PATH"])),
        "PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(libraries)])),
        "NODE_PATH": str(MODULES),
        "CLOUDBASE_OCR_EMULATOR": server.url,
        "PYTHONUTF8": "1",
        "GO111MODULE": "off",
    }


def skip_if_missing(trial: Trial, line: str, libraries: Path) -> None:
    if trial.packages and (reason := missing(*trial.packages)):
        pytest.skip(reason)
    words = line.split(" -- ")[-1].split()
    if words[0] in LANGUAGES and shutil.which(words[0]) is None:
        pytest.skip(LANGUAGES[words[0]])
    if trial.installed and (reason := install(trial.installed, libraries)):
        pytest.skip(reason)


@pytest.mark.check
@pytest.mark.parametrize("trial", TRIALS, ids=[trial.client for trial in TRIALS])
def test_the_line_leads_the_client_here(
    trial: Trial, server: Server, libraries: Path, tmp_path: Path
) -> None:
    line = LINES[trial.client]
    skip_if_missing(trial, line, libraries)
    program = trial.program.replace("LINE", line.replace(ADDRESS, server.url.removeprefix("http://")))
    (tmp_path / trial.file).write_text(program, encoding="utf-8")
    if trial.file == "card.jpg":
        shutil.copy(CARD, tmp_path / trial.file)
    command = line if line.startswith("cloudbase-ocr ") else f"{_runs(trial.file)} {trial.file}"
    variables = environment(server, libraries)
    if TCB in trial.packages:
        # Its login is in the home of its user, who has one of the real cloud there.
        variables["HOME"] = str(tmp_path)
        command = f"{LINES[LOGIN]} && {command}"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert NAME in done.stdout, done.stdout + done.stderr


def _runs(file: str) -> str:
    return "node" if file.endswith(".js") else "python"


IGNORES_PROXIES = (
    "import http.client, json\n"
    'connection = http.client.HTTPSConnection("api.weixin.qq.com", timeout=20)\n'
    'connection.request("POST", "/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard")\n'
    'print(json.load(connection.getresponse())["name"])\n'
)


@pytest.mark.check
def test_a_hosts_file_leads_programs_here_that_ignore_proxies(tmp_path: Path) -> None:
    namespace = ["unshare", "--map-root-user", "--net", "--mount", "ip", "link", "set", "lo", "up"]
    if (
        shutil.which("unshare") is None
        or subprocess.run(namespace, capture_output=True, timeout=20).returncode
    ):
        pytest.skip(
            "this machine allows no namespaces of users and networks; run it on Linux outside of a container"
        )
    (script,) = [block.text for block in blocks(PAGE, "sh") if block.text.startswith("# with-hosts.sh\n")]
    (tmp_path / "with-hosts.sh").write_text(script, encoding="utf-8")
    (tmp_path / "program.py").write_text(IGNORES_PROXIES, encoding="utf-8")
    scripts = Path(sys.executable).parent
    done = subprocess.run(
        ["sh", "with-hosts.sh", sys.executable, "program.py"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "PYTHONUTF8": "1",
            "CLOUDBASE_OCR_TLS_FOLDER": str(tmp_path / "tls"),
        },
        capture_output=True,
        encoding="utf-8",
        timeout=110,
    )
    assert NAME in done.stdout, done.stdout + done.stderr
