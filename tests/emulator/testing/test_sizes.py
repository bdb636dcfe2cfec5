"""The two sizes of the installation: without the extra ``ocr``, and with it.

Each test of the small one runs twice: here, with the packages of the extra hidden, and in a new environment that has
the wheel and what it depends on (``make wheel``).
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.recognizer.installed import PACKAGES
from cloudbase_ocr.specimens.catalog import specimen
from tests.emulator.testing.environments import Program

CLEAN = (pytest.mark.check, pytest.mark.timeout(1200))
MOST_BYTES = 25_000_000  # as du counts
REMEDY = "run: pip install 'cloudbase-ocr[ocr]'"
SENTENCE = f"the engine that reads photos is not installed; {REMEDY}"

_HIDE = """
import sys
from importlib.machinery import PathFinder

class Hiding(PathFinder):
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname.partition(".")[0] not in {names!r}:
            return PathFinder.find_spec(fullname, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Hiding
"""


def hiding(folder: Path, names: tuple[str, ...]) -> Program:
    """Return this Python without some packages: Python itself runs sitecustomize.py at its start."""
    (folder / "sitecustomize.py").write_text(_HIDE.format(names=names), encoding="utf-8")
    return Program(Path(sys.executable), {"PYTHONPATH": str(folder)})


@pytest.fixture(params=["hidden", pytest.param("core", marks=CLEAN)])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    if request.param == "core":
        return Program(request.getfixturevalue("core"))
    return hiding(tmp_path_factory.mktemp("hiding"), PACKAGES)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "card.jpg"
    path.write_bytes(picture("idcard-front"))
    return path


def picture(name: str) -> bytes:
    found = specimen(name)
    assert found is not None
    return found.picture


@pytest.mark.check
@pytest.mark.timeout(1200)
def test_a_core_installation_is_small(core_size: int) -> None:
    assert core_size < MOST_BYTES, f"{core_size / 1e6:.2f} MB"


def test_nothing_else_of_the_emulator_needs_the_engine(small: Program, tmp_path: Path) -> None:
    code = f"""
import pkgutil, sys, importlib, cloudbase_ocr
apart = ("recognizer.", "tls.authority", "__main__", "runtime.bootstrap")  # extras, and what runs when it is imported
heavy = tuple("cloudbase_ocr." + name for name in apart)
names = [each.name for each in pkgutil.walk_packages(cloudbase_ocr.__path__, "cloudbase_ocr.")]
for name in names:
    if not name.startswith(heavy):
        importlib.import_module(name)
print(len(names) > 100, [name for name in {PACKAGES!r} if name in sys.modules])
"""
    assert small.run(tmp_path, "-W", "error", "-c", code).stdout.strip() == "True []"


def test_the_python_call_says_what_is_missing(small: Program, tmp_path: Path) -> None:
    code = """
from cloudbase_ocr.recognizer import EngineUnavailable, Recognizer, RecognizerNotInstalled, WorkerRecognizer
for recognizer in (Recognizer(), WorkerRecognizer(1)):
    for call in (recognizer.warm, lambda: recognizer.recognize("idcard", b""), lambda: recognizer.explain(None, b"")):
        try:
            call()
        except RecognizerNotInstalled as error:
            print(error)
    recognizer.close()
"""
    assert small.run(tmp_path, "-c", code).stdout.splitlines() == [SENTENCE] * 6


@pytest.mark.check
def test_the_public_face_says_what_is_missing(small: Program, tmp_path: Path, card: Path) -> None:
    code = """
import sys
from cloudbase_ocr import Recognizer, RecognizerNotInstalled, recognize, start
for call in (lambda: recognize(sys.argv[1]), lambda: Recognizer().recognize(sys.argv[1], "idcard"), Recognizer().warm):
    try:
        call()
    except RecognizerNotInstalled as error:
        print(error)
with start() as ocr:
    print(ocr.control.health().recognizer)
"""
    assert small.run(tmp_path, "-c", code, str(card)).stdout.splitlines() == [SENTENCE] * 3 + [
        "not installed"
    ]


def test_a_part_of_the_engine_is_named(tmp_path: Path) -> None:
    python = hiding(tmp_path, ("PIL", "cv2"))
    code = "from cloudbase_ocr.recognizer.installed import not_installed; print(not_installed())"
    assert "is not installed (cv2, PIL missing); run: pip" in python.run(tmp_path, "-c", code).stdout


@pytest.mark.parametrize(
    "words",
    [
        ("recognize", "idcard", "card.jpg"),
        pytest.param(
            ("recognize", "auto", "card.jpg", "card.jpg", "--processes", "2"), marks=pytest.mark.check
        ),
        pytest.param(("recognize", "idcard", "card.jpg", "--draw", "drawn.png"), marks=pytest.mark.check),
        pytest.param(("demo",), marks=pytest.mark.check),
    ],
    ids=" ".join,
)
def test_commands_that_read_end_with_2(
    small: Program, tmp_path: Path, card: Path, words: tuple[str, ...]
) -> None:
    done = small.run(tmp_path, "-m", "cloudbase_ocr", *words, code=2)
    assert (done.stdout, done.stderr) == ("", f"cloudbase-ocr: {SENTENCE}\n")
    assert list(tmp_path.glob("*.jpg")) == [card]
    assert not list(tmp_path.glob("*.png"))


def test_a_server_answers_all_but_photos(small: Program, tmp_path: Path) -> None:
    query = {"access_token": "mock://wx1"}
    with small.serving(tmp_path, "serve") as served:
        assert served.line("recognizer:").startswith("recognizer: not installed; ")
        post = partial(requests.post, params=query, timeout=30)
        image = {"img": ("card.jpg", picture("idcard-front"))}

        photo = post(served.url + "/cv/ocr/idcard", files=image).json()
        assert photo["errcode"] == 101001
        broken = post(served.url + "/cv/ocr/idcard", files={"img": ("card.jpg", image["img"][1][:100])})
        assert broken.json()["errcode"] == 101002
        text = post(served.url + "/cv/ocr/comm", files=image).json()
        assert (text["errcode"], text["items"], text["img_size"]) == (0, [], {"w": 1280, "h": 960})
        example = requests.post(
            served.url + "/cv/ocr/idcard", params={**query, "img_url": "mock://idcard"}, timeout=30
        )
        assert example.json()["name"] == "张三"

        health = requests.get(served.url + "/_emulator/health", timeout=30).json()
        assert health["recognizer"] == "not installed"
        state = requests.get(served.url + "/_emulator/recognizer", timeout=30).json()
        assert (state["state"], state["message"], state["methods"]) == ("not installed", SENTENCE, [])
        journal = requests.get(served.url + "/_emulator/journal", timeout=30).text
        assert SENTENCE in json.dumps(json.loads(journal), ensure_ascii=False)
        page = requests.get(served.url + "/", timeout=30).text
        assert "recognizer: not installed" in page
        asked = requests.post(served.url + "/_emulator/recognize", json={"specimen": "menu"}, timeout=30)
        assert (asked.status_code, SENTENCE in asked.json()["error"]) == (400, True)
        named = {"specimen": "menu", "method": "menu"}
        read = requests.post(served.url + "/_emulator/recognize", json=named, timeout=30).json()
        assert (read["wechat"]["errcode"], SENTENCE in read["reason"]) == (101001, True)
        assert read["picture"]["content_type"] == "image/jpeg"
    assert served.log.read_text(encoding="utf-8").count(SENTENCE) == 2


@pytest.mark.check
def test_a_switched_off_recognizer_stays_off(small: Program, tmp_path: Path) -> None:
    with small.serving(tmp_path, "serve", "--no-recognizer") as served:
        assert served.line("recognizer:") == "recognizer: off"
        assert requests.get(served.url + "/_emulator/health", timeout=30).json()["recognizer"] == []
        assert requests.get(served.url + "/_emulator/recognizer", timeout=30).json()["state"] == "off"


@pytest.mark.check
def test_a_function_runs_and_its_photo_is_not_read(small: Program, tmp_path: Path, card: Path) -> None:
    functions = ("--functions", str(included_functions())) if small.variables else ()
    invoke = ("-m", "cloudbase_ocr", "invoke", "idcard", *functions)
    example = small.run(tmp_path, *invoke, '{"imgUrl": "mock://idcard"}')
    assert '"name": "张三"' in example.stdout
    unread = small.run(tmp_path, *invoke, "--image", str(card))
    assert json.loads(unread.stdout)["result"]["errCode"] == 101001
    assert SENTENCE in unread.stderr


@pytest.mark.check
def test_a_recording_is_replayed(small: Program, tmp_path: Path, card: Path) -> None:
    with small.serving(tmp_path, "serve") as upstream:
        answer = {"method": "ocr.idcard", "fields": {"name": "李四"}}
        requests.post(upstream.url + "/_emulator/reply", json=answer, timeout=30).raise_for_status()
        options = ("--upstream", upstream.url, "--keep-images", "--keep-personal-data", "--keys", "keys")
        with small.serving(tmp_path, "record", *options) as recorder:
            assert ask(recorder.url, card)["name"] == "李四"
    assert [path.suffix for path in (tmp_path / "recordings/images").iterdir()] == [".jpg"]
    with small.serving(tmp_path, "serve", "--fixture", "recordings") as replaying:
        assert ask(replaying.url, card)["name"] == "李四"


def ask(url: str, card: Path) -> dict[str, Any]:
    query, image = {"access_token": "mock://wx1"}, {"img": ("card.jpg", card.read_bytes())}
    answer: dict[str, Any] = requests.post(
        url + "/cv/ocr/idcard", params=query, files=image, timeout=30
    ).json()
    return answer


@pytest.mark.check
@pytest.mark.timeout(1200)
def test_the_extra_reads_a_specimen(with_engine: Path, tmp_path: Path, card: Path) -> None:
    python = Program(with_engine)
    read = python.run(
        tmp_path, "-m", "cloudbase_ocr", "recognize", "idcard", str(card), "--draw", "drawn.png"
    )
    assert json.loads(read.stdout)["name"] == "林知夏"
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")
    code = "from cloudbase_ocr.recognizer.installed import not_installed; print(not_installed())"
    assert python.run(tmp_path, "-c", code).stdout == "None\n"


@pytest.mark.check
def test_serve_says_that_https_is_not_installed(tmp_path: Path) -> None:
    program = hiding(tmp_path, ("cryptography",))
    with program.serving(tmp_path, "serve", "--no-recognizer") as served:
        assert "run: pip install 'cloudbase-ocr[tls]'" in served.line("https needs the package cryptography")
