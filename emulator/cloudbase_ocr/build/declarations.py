"""``wxcloud.d.ts``: types of each function's event and result, for mini-programs, written from the contract.

In a mini-program it belongs into ``typings/``, which the TypeScript template of WeChat DevTools includes; it declares
global types only, so a JavaScript project can name them in JSDoc comments as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wxcloud.casing import to_camel
from wxcloud.contract import CLOUD_ERRORS, COMM, DOCUMENTED, ERRORS, METHODS, Field, Method
from wxcloud.errorcodes import MARKET_ERRORS
from wxcloud.service_market import API, DOCUMENTS, IMG_DATA, IMG_URL, SERVICE

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

_CORNERS = next(field for field in COMM.fields[0].fields if field.name == "pos").fields


def declarations() -> str:
    """Return the file's text."""
    return (
        "\n".join([_HEAD.rstrip(), *_error_codes(), *_results(METHODS), *_market(), *_functions(METHODS)])
        + "\n"
        + _TAIL
    )


def _error_codes() -> Iterator[str]:
    yield ""
    yield "  type ErrorCode ="
    for code, error in sorted({**ERRORS, **MARKET_ERRORS, **CLOUD_ERRORS}.items()):
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


def _market() -> Iterator[str]:
    """Give the types of the service market: names as on the wire, and every field may be missing."""
    yield ""
    yield "  /** Four corners, clockwise from the top left, in pixels of the picture as sent. */"
    yield f"  type Quad = Record<{' | '.join(repr(field.name) for field in _CORNERS)}, {{ x: number; y: number }}>"
    yield ""
    yield "  /** JSON.parse(result.data) of ocrAllInOne, and data of wx.serviceMarket.invokeService: one key. */"
    yield "  interface OcrAllInOneData {"
    for document in DOCUMENTS:
        method = document.method
        yield f"    /** ocrType {document.ocr_type}: {method.title} ({method.title_zh}) */"
        yield f"    {document.result}?: {{"
        for field in document.fields:
            yield from _field(field, "      ", market=True)
        yield "    }"
    yield "  }"
    types = [str(document.ocr_type) for document in DOCUMENTS]
    types += [f"'{name}'" for document in DOCUMENTS for name in document.method.cloud_names]
    address = f"{{ data_type: {IMG_URL}; img_url: unknown }}"
    content = f"{{ data_type: {IMG_DATA}; img_data: string }}"
    yield from (
        "",
        "  /** `data` is JSON text of an OcrAllInOneData. */",
        "  interface OcrAllInOne extends Success {",
        "    data: string",
        "  }",
        "",
        f"  type OcrType = {' | '.join(types)}",
        "",
        "  /** `wx.serviceMarket.invokeService` for OcrAllInOne: there `data` is an object already. */",
        "  type InvokeService = (options: {",
        f"    service: '{SERVICE}'",
        f"    api: '{API}'",
        f"    data: {{ ocr_type: number }} & ({address} | {content})",
        "  }) => Promise<{ errMsg: string; data: OcrAllInOneData; requestId?: string }>",
    )


def _functions(methods: Iterable[Method]) -> Iterator[str]:
    yield ""
    yield "  /** The functions by name; `result` is what wx.cloud.callFunction gives as `result`. */"
    yield "  interface Functions {"
    for method in methods:
        name = method.cloud_names[0]
        yield f"    {name}: {{ event: Event; result: {_type_name(method)} | Failure }}"
    yield "    ocrAllInOne: { event: Picture & { ocrType: OcrType }; result: OcrAllInOne | Failure }"
    yield "  }"


def _field(field: Field, indent: str, *, market: bool = False) -> Iterator[str]:
    """Give one field; what no page documents may be missing, and is optional, as everything of the `market` is."""
    remark = "" if field.status == DOCUMENTED else "; seen in replies, not documented"
    if market and field.name == "pos":
        yield f"{indent}pos?: Quad"
        return
    yield f"{indent}/** {_one_line(field.meaning)}{remark} */"
    optional = field.status != DOCUMENTED or (market and field.name != "text")
    mark, name = "?" if optional else "", field.name if market else to_camel(field.name)
    if field.type in _TYPES:
        yield f"{indent}{name}{mark}: {_TYPES[field.type]}"
        return
    end = "[]" if field.type == "array" else ""
    yield f"{indent}{name}{mark}: {{"
    for child in field.fields:
        yield from _field(child, indent + "  ", market=market)
    yield f"{indent}}}{end}"


def _type_name(method: Method) -> str:
    name = method.cloud_names[0]
    return name[0].upper() + name[1:]


def _one_line(text: str) -> str:
    return " ".join(_RULING.sub("", text).split()).replace("*/", "* /")
