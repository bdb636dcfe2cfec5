"""Writes the generated parts of the documentation: ``python -m docs.generate --write`` (or ``make docs``).

A page holds blocks ``<!-- generated: NAME -->`` ... ``<!-- /generated -->``. Their content comes from the code, so that
no fact stands in two places; a test fails when a page and the code differ. Pages that end in ``.zh-CN.md`` get
Chinese tables: what help pages say, too, is in the catalogue of the command line, and everything else in
``docs/translations.zh-CN.yaml``.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from cloudbase_ocr.answers import error_recipes, magic_inputs, market_recipes
from cloudbase_ocr.commands.options import option_of, variable_of
from cloudbase_ocr.commands.walkthrough import SPECIMEN, run_demo
from cloudbase_ocr.control.facade import OPERATIONS
from cloudbase_ocr.language import catalogue
from cloudbase_ocr.recognizer import Recognizer
from cloudbase_ocr.runtime.environment import ROWS
from cloudbase_ocr.settings import setting_fields
from cloudbase_ocr.state.faults import KINDS
from cloudbase_ocr.state.faults.kinds import REQUIRED
from wxcloud.casing import to_camel
from wxcloud.contract import CLOUD_ERRORS, ERRORS, METHODS, Field
from wxcloud.errorcodes import MARKET_ERRORS
from wxcloud.service_market import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).parent.parent
PAGES = (
    "README.md",
    "docs/README.zh-CN.md",
    *(
        f"docs/{name}{language}.md"
        for name in (
            "command-line",
            "control-api",
            "errors",
            "functions",
            "glossary",
            "howto/service-market",
            "http-api",
            "rulings",
            "test-kit",
        )
        for language in ("", ".zh-CN")
    ),
)

RULINGS = ROOT / "docs/rulings.yaml"
GLOSSARY = ROOT / "docs/glossary.yaml"
ADDRESS = "http://127.0.0.1:8787"

_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- /generated -->)", re.DOTALL)


class Translator:
    """Gives the English text itself, or its Chinese counterpart; what is missing is remembered."""

    def __init__(self, words: dict[str, str] | None = None) -> None:
        """Translate with `words` (English to Chinese) and the catalogue; without words, keep English."""
        self._words = None if words is None else {**catalogue(), **words}
        self._own = set(words or ())
        self.used: set[str] = set()
        self.missing: set[str] = set()

    def __call__(self, text: str) -> str:
        """Return `text` in the page's language; one without counterpart as it is, and it is in `missing`."""
        if self._words is None or not text:
            return text
        (self.used if text in self._words else self.missing).add(text)
        return self._words.get(text, text)

    @property
    def unused(self) -> set[str]:
        """The words, without those of the catalogue, that were translated nowhere so far."""
        return self._own - self.used

    @property
    def colon(self) -> str:
        """What stands between a title and its name: full-width in Chinese."""
        return "：" if self.is_chinese else ": "

    @property
    def is_chinese(self) -> bool:
        """Whether the page is Chinese."""
        return self._words is not None


def translator_of(page: str) -> Translator:
    """Return the translator for a page, by its name."""
    if not page.endswith(".zh-CN.md"):
        return Translator()
    text = (ROOT / "docs/translations.zh-CN.yaml").read_text(encoding="utf-8")
    return Translator(yaml.safe_load(text))


def render(page: str, translator: Translator | None = None) -> str:
    """Return a page with every block written again."""
    translate = translator or translator_of(page)

    def block(match: re.Match[str]) -> str:
        return match[1] + BLOCKS[match[2]](translate).rstrip("\n") + "\n" + match[3]

    return _BLOCK.sub(block, (ROOT / page).read_text(encoding="utf-8"))


@cache
def demo_answer() -> str:
    """Run the demonstration, once, and return its answer; the request ID differs in each run, and is left open."""
    answer = run_demo(SPECIMEN.name, SPECIMEN.read_bytes(), lambda _line: None)
    if answer.get("result", {}).get("errCode") != 0:
        raise RuntimeError(f"the demonstration failed: {answer}")
    answer["requestID"] = "…"
    return json.dumps(answer, ensure_ascii=False, indent=2)


def demo_block(_: Translator) -> str:
    """The answer of the demonstration."""
    return f"```json\n{demo_answer()}\n```"


def methods_block(t: Translator) -> str:
    """Every method: document, function, cloud call, HTTPS path, and what reads a photo of it."""
    rows = []
    read = Recognizer().methods
    for method in METHODS:
        calls = ", ".join(f"`ocr.{name}`" for name in method.cloud_names)
        remark = "" if method.official else t("extension: no documented cloud call")
        title = method.title_zh if t.is_chinese else f"{method.title} {method.title_zh}"
        folder = f"`{method.cloud_names[0]}`"
        photos = t("read") if method.key in read else t("fixtures only")
        rows.append((title, folder, calls, f"`POST {method.path}`", photos, remark))
    head = (t("Document"), t("Function"), t("Cloud call"), "HTTPS", t("Photos in the emulator"), t("Remark"))
    return _table(head, rows)


def params_block(t: Translator) -> str:
    """The request parameters, which every method shares."""
    rows = [
        (f"`{param.name}`", t(param.where), param.type, t(param.meaning), t(param.status))
        for param in METHODS[0].params
    ]
    return _table((t("Parameter"), t("Where"), t("Type"), t("Meaning"), t("Status")), rows)


def fields_block(t: Translator) -> str:
    """The reply fields of each method."""
    parts = []
    for method in METHODS:
        title = method.title_zh if t.is_chinese else method.title
        parts.append(f"### {title}{t.colon}`{method.path}`\n")
        rows = [
            (
                f"`{path}`",
                f"`{to_camel(path)}`",
                t(field.type) if field.type == "position" else field.type,
                t(field.meaning),
                _example(field),
                _side(field, t),
            )
            for path, field in shown_fields(method.fields)
        ]
        head = ("HTTPS", t("Cloud call"), t("Type"), t("Meaning"), t("Example"), t("Status"))
        codes = ", ".join(f"{code}" for code in method.error_codes)
        also = ", ".join(f"{code}" for code in method.observed_error_codes)
        required = ", ".join(f"`{name}`" for name in method.required)
        parts.append(_table(head, rows))
        parts.append(
            f"- {t('Parameters that its page calls required')}{t.colon}{required or '–'}\n"
            f"- {t('Error codes of its page')}{t.colon}{codes or '–'}\n"
            f"- {t('Also possible')}{t.colon}{also or '–'}\n"
        )
    return "\n".join(parts)


def _side(field: Field, t: Translator) -> str:
    """The status of a field, and the side of the document that has it."""
    comma = "，" if t.is_chinese else ", "
    return comma.join(filter(None, (t(field.status), field.side)))


def shown_fields(fields: Iterable[Field], prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Yield the rows of a table of fields with their paths: ``items[].text``.

    Four corners are one row of the type "position": ``items[].pos``. What holds nothing else is no row of its own.
    """
    for field in fields:
        path = prefix + field.name
        below = field.fields
        if field.name == "pos":
            yield path, field._replace(type="position", fields=())
        elif [child.name for child in below] == ["pos"]:
            yield f"{path}.pos", field._replace(type="position", fields=())
        else:
            yield path, field
            yield from shown_fields(below, path + ("[]." if field.type == "array" else "."))


def errors_block(t: Translator) -> str:
    """WeChat's codes, with one request that produces each."""
    recipes = {recipe.code: recipe.curl(ADDRESS) for recipe in error_recipes()}
    rows = [
        (str(code), f"`{error.text}`", t(error.meaning), t(error.action), f"`{recipes[code]}`")
        for code, error in ERRORS.items()
        if code
    ]
    return _table((t("Code"), t("Text"), t("Meaning"), t("What to do"), t("Request that gives it")), rows)


def cloud_errors_block(t: Translator) -> str:
    """The codes of the cloud-call SDK."""
    rows = [
        (str(code), f"`{error.text}`", t(error.meaning), t(error.action))
        for code, error in CLOUD_ERRORS.items()
    ]
    return _table((t("Code"), t("Text"), t("Meaning"), t("What to do")), rows)


def magic_block(t: Translator) -> str:
    """Every magic picture URL; error codes as one row, for they are in the table of errors."""
    rows = [(f"`{url}`", t(meaning)) for url, meaning in magic_inputs() if not meaning.startswith("error ")]
    rows.append(("`mock://101001` 等" if t.is_chinese else "`mock://101001`, …", t("any error code")))
    return _table(("`img_url` / `imgUrl`", t("Answer")), rows)


def settings_block(t: Translator) -> str:
    """Every setting: option, variable, default, meaning."""
    rows = []
    for setting in setting_fields():
        if setting.metadata["instead"]:
            continue
        default = setting.default
        shown = "" if default in (None, ()) else f"`{default}`"
        option = f"`{option_of(setting.name)}`"
        rows.append((option, f"`{variable_of(setting.name)}`", shown, t(setting.metadata["help"])))
    return _table((t("Option"), t("Environment variable"), t("Default"), t("Meaning")), rows)


def environment_block(t: Translator) -> str:
    """The documented variables of a function, and what it sees here."""
    rows = [(f"`{row.name}`", _value(row.documented, t), _value(row.here or "the same", t)) for row in ROWS]
    return _table((t("Variable"), t("In the cloud"), t("Here")), rows)


def _value(text: str, t: Translator) -> str:
    """Mark what is a value; what is a description is translated."""
    described = " " in text or text.startswith("{")
    return t(text) if described else f"`{text}`"


def rulings_block(t: Translator) -> str:
    """The rulings of docs/rulings.yaml, each with the tests that enforce it."""
    document = yaml.safe_load(RULINGS.read_text(encoding="utf-8"))
    rows = []
    for ruling in document["rulings"]:
        switch = ", ".join(f"`{text}`" for text in ruling.get("switch", "").split(", ") if text)
        tests = ["::".join((document["files"][file], name)) for file, name in map(_split, ruling["tests"])]
        rows.append(
            (
                ruling["id"],
                t(ruling["question"]),
                t(ruling.get("emulator", "")) or "–",
                t(ruling.get("wxcloud", "")) or "–",
                t(ruling["basis"]),
                switch or "–",
                ", ".join(f"[{test.rpartition('::')[2]}](../{test.partition('::')[0]})" for test in tests),
            )
        )
    head = (
        t("Ruling"),
        t("Question"),
        t("The emulator"),
        "wxcloud",
        t("Basis"),
        t("Switch"),
        t("Enforced by"),
    )
    return _table(head, rows)


def _split(test: str) -> tuple[str, str]:
    file, _, name = test.partition("::")
    return file, name


def control_block(t: Translator) -> str:
    """The operations of the control side: command, route, parameters, meaning."""
    rows = []
    for operation in OPERATIONS:
        path = operation.path.replace("{", "<").replace("}", ">")
        names = ", ".join(
            f"`{parameter.name}`" if not parameter.required else f"**`{parameter.name}`**"
            for parameter in operation.parameters
        )
        route = f"`{operation.method} /_emulator/{path}`"
        rows.append((f"`ctl {operation.name.replace('.', ' ')}`", route, names, t(operation.summary)))
    return _table((t("Command"), t("Route"), t("Parameters"), t("Meaning")), rows)


def faults_block(t: Translator) -> str:
    """The faults: what each does, where it happens, and what it takes."""
    rows = [
        (
            f"`{kind.name}`",
            ", ".join(kind.surfaces),
            ", ".join(
                f"**`{name}`**" if default is REQUIRED else f"`{name}`"
                for name, default in kind.options.items()
            ),
            t(kind.meaning),
        )
        for kind in KINDS.values()
    ]
    return _table((t("Fault"), t("Where"), t("Parameters"), t("Meaning")), rows)


def market_block(t: Translator) -> str:
    """The documents of the service market, field by field beside the methods that read the same."""
    parts = []
    for document in DOCUMENTS:
        method = document.method
        title = method.title_zh if t.is_chinese else method.title
        parts.append(f"### `ocr_type` {document.ocr_type}{t.colon}{title}\n")
        theirs = {document.name_of(field.name): field for field in method.fields}
        rows = [
            (f"`{ours.name}`", _there(theirs.get(ours.name)), ours.type, t(ours.meaning))
            for ours in document.fields
        ]
        rows += [("–", f"`{name}`", "", "") for name in sorted(document.left_out)]
        parts.append(_table((f"`{document.result}`", f"`{method.path}`", t("Type"), t("Meaning")), rows))
    return "\n".join(parts)


def _there(field: Field | None) -> str:
    return f"`{field.name}`" if field else "–"


def market_errors_block(t: Translator) -> str:
    """The codes of the service market, with one request that produces each."""
    recipes = {recipe.code: recipe.curl(ADDRESS) for recipe in market_recipes()}
    rows = [
        (
            str(code),
            f"`{error.text}`" if error.text else "–",
            t(error.meaning),
            t(error.action),
            f"`{recipes[code]}`",
        )
        for code, error in MARKET_ERRORS.items()
    ]
    return _table((t("Code"), t("Text"), t("Meaning"), t("What to do"), t("Request that gives it")), rows)


def glossary_block(t: Translator) -> str:
    """The words of docs/glossary.yaml: each thing's word in both languages, and what must not stand for it."""
    own, other = ("zh", "en") if t.is_chinese else ("en", "zh")
    rows = [
        (
            term[own]["word"],
            f"`{term[other]['word']}`",
            term["meaning"][own],
            ("、" if t.is_chinese else ", ").join(f"`{word}`" for word in term[own].get("not", ())) or "–",
        )
        for term in yaml.safe_load(GLOSSARY.read_text(encoding="utf-8"))["terms"]
    ]
    return _table((t("Word"), t("In Chinese"), t("Meaning"), t("Not to be used")), rows)


BLOCKS: dict[str, Callable[[Translator], str]] = {
    "demo": demo_block,
    "methods": methods_block,
    "params": params_block,
    "fields": fields_block,
    "market": market_block,
    "market_errors": market_errors_block,
    "errors": errors_block,
    "cloud_errors": cloud_errors_block,
    "magic": magic_block,
    "environment": environment_block,
    "settings": settings_block,
    "rulings": rulings_block,
    "control": control_block,
    "faults": faults_block,
    "glossary": glossary_block,
}


def _example(field: Field) -> str:
    value: Any = field.example
    if value is None or field.fields:
        return ""
    return f"`{value}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )


def main(arguments: list[str]) -> int:
    """Write the pages with ``--write``; without it, name those that differ and return 1.

    Nothing is written while translations are missing: all of them are named, for every page, and 1 is returned.
    """
    translators = {page: translator_of(page) for page in PAGES}
    rendered = {page: render(page, translate) for page, translate in translators.items()}
    if missing := set[str]().union(*(translate.missing for translate in translators.values())):
        print("add the Chinese of these texts to docs/translations.zh-CN.yaml:")
        print("\n".join(f"{json.dumps(text, ensure_ascii=False)}:" for text in sorted(missing)))
        return 1
    stale = [page for page, text in rendered.items() if text != (ROOT / page).read_text(encoding="utf-8")]
    for page in stale:
        if arguments == ["--write"]:
            (ROOT / page).write_text(rendered[page], encoding="utf-8")
        print(("wrote " if arguments == ["--write"] else "differs from the code: ") + page)
    return 1 if stale and arguments != ["--write"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
