"""``wxcloud.d.ts``: types of each function's event and result, for mini-programs, written from the contract.

In a mini-program it belongs into ``typings/``, which the TypeScript template of WeChat DevTools includes; it declares
global types only, so a JavaScript project can name them in JSDoc comments as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wxcloud.casing import to_camel
from wxcloud.contract import CLOUD_ERRORS, DOCUMENTED, ERRORS, METHODS, Field, Method

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_RULING = re.compile(r":? ruling R\d+| \(ruling R\d+\)")
_TYPES = {"string": "string", "integer": "number", "number": "number"}

_HEAD = """\
// Types of the events and results of the OCR cloud functions. Written by `cloudbase-ocr types`; do not edit.
//
//   const { result } = await (wx.cloud.callFunction as WxcloudOcr.CallFunction)({ name: 'idcard', data: { fileID } })
//   if (result.errCode === 0 && result.type === 'Front') show(result.name, result.id)

declare namespace WxcloudOcr {
  /** A picture: base64 text, a data: URL, an ArrayBuffer, or what that becomes in JSON. */
  type Content = string | ArrayBuffer | { type: 'Buffer'; data: number[] }

  /** Exactly one picture: an address that WeChat can fetch, a file in cloud storage, or the picture itself. */
  type Picture =
    | { imgUrl: string; fileID?: never; img?: never }
    | { fileID: string; imgUrl?: never; img?: never }
    | { img: Content | { contentType: string; value: Content }; imgUrl?: never; fileID?: never }

  /** `type`: photo (with background) or scan (without). */
  type Event = Picture & { type?: 'photo' | 'scan' }

  interface Success {
    errMsg: string
    errCode: 0
  }

  interface Failure {
    errCode: ErrorCode
    errMsg: string
  }
"""

_TAIL = """
  /** `wx.cloud.callFunction` for these functions. */
  type CallFunction = <Name extends keyof Functions>(options: {
    name: Name
    data: Functions[Name]['event']
  }) => Promise<{ result: Functions[Name]['result']; requestID: string; errMsg: string }>
}
"""


def declarations() -> str:
    """Return the file's text."""
    return (
        "\n".join([_HEAD.rstrip(), *_error_codes(), *_results(METHODS), *_functions(METHODS)]) + "\n" + _TAIL
    )


def _error_codes() -> Iterator[str]:
    yield ""
    yield "  type ErrorCode ="
    for code, error in sorted({**ERRORS, **CLOUD_ERRORS}.items()):
        if code != 0:
            yield f"    | {code} // {_one_line(error.text or error.meaning)}"


def _results(methods: Iterable[Method]) -> Iterator[str]:
    for method in methods:
        name = _type_name(method)
        for side in method.sides or (None,):
            yield ""
            yield f"  /** {method.title} ({method.title_zh}){f', side {side}' if side else ''} */"
            yield f"  interface {name}{side or ''} extends Success {{"
            for field in method.reply_fields(side):
                if side is not None and field.name == "type":
                    yield f"    type: '{side}'"
                else:
                    yield from _field(field, "    ")
            yield "  }"
        if method.sides:
            yield ""
            yield f"  type {name} = {' | '.join(name + side for side in method.sides)}"


def _functions(methods: Iterable[Method]) -> Iterator[str]:
    yield ""
    yield "  /** The functions by name; `result` is what wx.cloud.callFunction gives as `result`. */"
    yield "  interface Functions {"
    for method in methods:
        name = method.cloud_names[0]
        yield f"    {name}: {{ event: Event; result: {_type_name(method)} | Failure }}"
    yield "  }"


def _field(field: Field, indent: str) -> Iterator[str]:
    """Give one field; what no page documents may be missing, and is optional."""
    remark = "" if field.status == DOCUMENTED else "; seen in replies, not documented"
    yield f"{indent}/** {_one_line(field.meaning)}{remark} */"
    mark = "" if field.status == DOCUMENTED else "?"
    name = to_camel(field.name)
    if field.type in _TYPES:
        yield f"{indent}{name}{mark}: {_TYPES[field.type]}"
        return
    end = "[]" if field.type == "array" else ""
    yield f"{indent}{name}{mark}: {{"
    for child in field.fields:
        yield from _field(child, indent + "  ")
    yield f"{indent}}}{end}"


def _type_name(method: Method) -> str:
    name = method.cloud_names[0]
    return name[0].upper() + name[1:]


def _one_line(text: str) -> str:
    return " ".join(_RULING.sub("", text).split()).replace("*/", "* /")
