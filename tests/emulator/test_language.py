"""Sentences in the language of the terminal, and in English everywhere else."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudbase_ocr import language
from cloudbase_ocr.language import CHINESE, ENGLISH, _, joined, language_of, ngettext, shown, speak

CATALOGUE = r"""
# A comment.
msgid ""
msgstr "Language: zh\n"

msgid "there is no {name}"
msgstr "没有 {name}"

msgid "{where}: {error}"
msgstr "{where}：{error}"

msgid "{n} picture"
msgid_plural "{n} pictures"
msgstr[0] "{n} 张图片"

msgid "two\n"
"lines"
msgstr ""
"两\n"
"行"

msgid "empty"
msgstr ""
"""


@pytest.fixture
def chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    path = tmp_path / "zh.po"
    path.write_text(CATALOGUE.lstrip(), encoding="utf-8")
    monkeypatch.setattr(language, "CATALOGUE", path)
    language.catalogue.cache_clear()
    speak(CHINESE)
    yield
    speak(ENGLISH)
    language.catalogue.cache_clear()


@pytest.mark.usefixtures("chinese")
def test_a_sentence_is_english_and_shown_in_chinese() -> None:
    sentence = _("there is no {name}").format(name="x")
    assert (sentence, json.dumps(sentence), f"{sentence}") == (
        "there is no x",
        '"there is no x"',
        "there is no x",
    )
    assert shown(sentence) == "没有 x"
    assert shown(_("two\nlines")) == "两\n行"
    assert [shown(_(text)) for text in ("empty", "not there", "{braces}")] == [
        "empty",
        "not there",
        "{braces}",
    ]
    speak(ENGLISH)
    assert shown(sentence) == "there is no x"


@pytest.mark.usefixtures("chinese")
def test_numbers_choose_the_english_form() -> None:
    sentences = [ngettext("{n} picture", "{n} pictures", n).format(n=n) for n in (1, 2)]
    assert sentences == ["1 picture", "2 pictures"]
    assert [shown(sentence) for sentence in sentences] == ["1 张图片", "2 张图片"]


@pytest.mark.usefixtures("chinese")
def test_what_stands_in_a_sentence_is_shown_too() -> None:
    inner = ValueError(_("there is no {name}").format(name="x"))
    outer = OSError(_("{where}: {error}").format(where="here", error=inner))
    assert (str(outer), shown(outer)) == ("here: there is no x", "here：没有 x")
    both = joined("; ", ["{plain}", _("there is no {name}").format(name="{y}")])
    assert (both, shown(both)) == ("{plain}; there is no {y}", "{plain}; 没有 {y}")
    assert (shown(ValueError("plain", 1)), shown(3)) == ("('plain', 1)", "3")


@pytest.mark.usefixtures("chinese")
def test_a_sentence_comes_whole_from_another_process() -> None:
    error = pickle.loads(pickle.dumps(ValueError(_("there is no {name}").format(name="x"))))
    assert (str(error), shown(error)) == ("there is no x", "没有 x")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ENGLISH),
        ({"LANG": "zh_CN.UTF-8"}, CHINESE),
        ({"LANG": "zh-Hans"}, CHINESE),
        ({"LANG": "de_DE.UTF-8"}, ENGLISH),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, ENGLISH),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, CHINESE),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, ENGLISH),
        ({"LC_MESSAGES": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, CHINESE),
        ({"LANGUAGE": "zh_CN:en", "LANG": "en_US.UTF-8"}, CHINESE),
        ({"LANGUAGE": "de:en:zh", "LANG": "zh_CN.UTF-8"}, ENGLISH),
        ({"LANGUAGE": "de:fr", "LANG": "zh_CN.UTF-8"}, CHINESE),
        ({"LANGUAGE": "zh", "LANG": "C"}, ENGLISH),
        ({"LANGUAGE": "zh"}, ENGLISH),
    ],
)
def test_the_environment_chooses_as_for_gettext(environment: dict[str, str], expected: str) -> None:
    assert language_of(environment) == expected


def test_importing_reads_no_catalogue() -> None:
    code = (
        "import cloudbase_ocr, cloudbase_ocr.cli, cloudbase_ocr.language as language\n"
        "print(language.catalogue.cache_info().currsize)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"LANG": "zh_CN.UTF-8", "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout == "0\n"
