"""Help pages and errors in Chinese; what programs read is the same in both languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cloudbase_ocr.cli import main
from cloudbase_ocr.commands.translated import language_for
from cloudbase_ocr.language import CHINESE, ENGLISH, speak
from tests.emulator.commands.in_process import run_here

FUNCTIONS = Path(__file__).parents[3] / "functions"
_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORDS = re.compile(r"(?:\b[a-z]+ ){3}")


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    speak(ENGLISH)


def commands(command: click.Command = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, (*path, name))


def test_every_help_page_is_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    pages = list(commands())
    assert len(pages) > 60
    for path in pages:
        page = run_here(capsys, *path, "--help", "--lang", "zh").stdout
        assert page.startswith("用法：cloudbase-ocr")
        assert "显示本帮助并退出。" in page
        english = [line for line in page.splitlines() if _WORDS.search(line) and not _HAN.search(line)]
        assert [
            line for line in english if not line.lstrip().startswith(("cloudbase-ocr", "dist/", "eval "))
        ] == []


def test_lines_of_a_page_fit_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    page = run_here(capsys, "recognize", "--help", "--lang", "zh").stdout
    for line in page.splitlines():
        wide = sum(unicodedata.east_asian_width(character) in "WF" for character in line)
        assert len(line) + wide <= 80 or line.startswith("  --market-rule ["), line
        assert not line.lstrip().startswith(tuple("，。；：、）")), line


def test_an_english_page_has_nothing_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    page = run_here(capsys, "recognize", "--help", "--lang", "en").stdout
    assert not re.search("[\u3000-\u9fff\uff00-\uffef]", page)


def test_pages_are_english_again_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    before = run_here(capsys, "ctl", "--help").stdout
    assert run_here(capsys, "--lang", "zh", "ctl", "--help").stdout != before
    assert run_here(capsys, "ctl", "--help").stdout == before
    assert not _HAN.search(before)


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, ENGLISH),
        ([], {"LANG": "zh_CN.UTF-8"}, CHINESE),
        (["serve"], {}, ENGLISH),
        (["serve"], {"LANG": "zh_CN.UTF-8"}, CHINESE),
        (["serve", "--lang", "en"], {"LANG": "zh_CN.UTF-8"}, ENGLISH),
        (["--lang=zh", "serve"], {"LC_ALL": "C"}, CHINESE),
        (["serve", "--lang", "fr"], {"LANG": "zh_CN.UTF-8"}, CHINESE),
        (["env", "--", "program", "--lang", "zh"], {}, ENGLISH),
        (["invoke", "f", "zh", "--lang"], {}, ENGLISH),
    ],
)
def test_the_option_goes_before_the_environment(
    arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    assert language_for(arguments, environment, "utf-8") == expected


def test_a_terminal_without_chinese_characters_gets_english() -> None:
    assert language_for(["--lang", "zh"], {}, "gbk") == CHINESE
    for encoding in ("ascii", "latin-1", "unknown"):
        assert language_for(["--lang", "zh"], {}, encoding) == ENGLISH


def test_another_language_is_told_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ("--lang", "fr", "serve"),
        ("serve", "--lang", "fr"),
        ("ctl", "health", "--lang", "fr"),
    ):
        done = run_here(capsys, *arguments)
        assert done.returncode == 2
        assert done.stderr == "cloudbase-ocr: --lang takes one of en, zh, and not 'fr'.\n"


def test_a_wrong_call_is_told_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    done = run_here(capsys, "serve", "--lang", "zh", "--prot", "1")
    assert done.returncode == 2
    assert "没有 --prot 这个选项，是不是想用 --port？" in done.stderr
    assert "No such" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["recognize", "idcard", "nowhere.jpg"], "nowhere.jpg：没有这个文件或目录。请检查路径。"),
        (["check", "nothing", "--functions", str(FUNCTIONS)], "里没有云函数 nothing。已有的云函数："),
        (["serve", "--layer", "deps"], "--layer：层要写成 NAME=DIR，例如 deps=../deps，不能是 'deps'"),
    ],
)
def test_what_other_modules_raise_is_told_in_chinese(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    english = run_here(capsys, *arguments)
    chinese = run_here(capsys, *arguments, "--lang", "zh")
    assert told in chinese.stderr.splitlines()[-1]
    assert not _HAN.search(english.stderr)
    assert (chinese.returncode, chinese.stdout) == (english.returncode, english.stdout)


def test_what_programs_read_is_the_same_in_both_languages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "functions" / "broken"
    folder.mkdir(parents=True)
    (folder / "index.py").write_text("def other(): pass", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for style in ("json", "github"):
        outputs = []
        for language in ("en_US.UTF-8", "zh_CN.UTF-8"):
            monkeypatch.setenv("LANG", language)
            done = run_here(capsys, "check", "--format", style)
            outputs.append((done.returncode, done.stdout))
        assert outputs[0] == outputs[1]
        assert outputs[0][0] == 1
        assert "there is no main in this file" in outputs[0][1]
    assert "这个文件里没有 main：平台调用的是 index.main。" in run_here(capsys, "check").stdout
