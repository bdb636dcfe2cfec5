"""Which cloud calls are found by reading the code, in the ways people write them."""

from __future__ import annotations

import ast
import textwrap

import pytest

from cloudbase_ocr.build.checks.calls import cloud_calls

WAYS = {
    "import as": "import wxcloud as cloud\ncloud.openapi.ocr.idcard({})",
    "import": "import wxcloud\nwxcloud.openapi.ocr.idcard(imgUrl='x')",
    "from import": "from wxcloud import openapi\nopenapi.ocr.idcard({})",
    "from import as": "from wxcloud import openapi as api\napi.ocr.idcard({})",
    "star": "from wxcloud import *\nopenapi.ocr.idcard({})",
    "inside a function": "def main(e, c):\n    import wxcloud as w\n    return w.openapi.ocr.idcard(e)",
    "a name for a part": "import wxcloud as cloud\nocr = cloud.openapi.ocr\nocr.idcard({})",
    "a name for the whole": "import wxcloud as cloud\nread = cloud.openapi.ocr.idcard\nread({})",
    "handed on": "import wxcloud as cloud\nretry(cloud.openapi.ocr.idcard, {})",
    "options": "import wxcloud as cloud\ncloud.openapi(convertCase=False).ocr.idcard({})",
    "options under a name": "import wxcloud as c\napi = c.openapi({'convertCase': False})\napi.ocr.idcard({})",
    "second account": "import wxcloud\nother = wxcloud.Cloud(appid='x')\nother.openapi.ocr.idcard({})",
    "attribute of an object": """
        from wxcloud import Cloud
        class Reader:
            def __init__(self):
                self.cloud = Cloud()
            def read(self, url):
                return self.cloud.openapi.ocr.idcard({'imgUrl': url})
        """,
    "getattr with a literal": "import wxcloud as c\ngetattr(c.openapi.ocr, 'idcard')({})",
    "getattr with a constant": "import wxcloud as c\nAPI = 'idcard'\ngetattr(c.openapi.ocr, API)({})",
    "function": "import wxcloud as cloud\nmain = cloud.function('ocr.idcard')",
    "function from": "from wxcloud import function\nmain = function('ocr.idcard')",
    "function with a constant": "import wxcloud as cloud\nAPI = 'ocr.idcard'\nmain = cloud.function(API)",
    "walrus": "import wxcloud as c\nif (ocr := c.openapi.ocr):\n    ocr.idcard({})",
    "annotated": "import wxcloud as c\nocr: object = c.openapi.ocr\nocr.idcard({})",
}


@pytest.mark.parametrize("code", WAYS.values(), ids=WAYS)
def test_found(code: str) -> None:
    calls = cloud_calls(ast.parse(textwrap.dedent(code)))
    assert list(calls.apis) == ["ocr.idcard"]
    assert calls.unclear == []


UNCLEAR = {
    "getattr of a variable": "import wxcloud as c\ndef main(e, x):\n    return getattr(c.openapi.ocr, e['k'])(e)",
    "handed to a function": "import wxcloud as c\nread(c.openapi.ocr, 'idcard')",
    "function of an expression": "import wxcloud as c\nmain = c.function('ocr.' + NAME)",
    "function of an unknown constant": "import wxcloud as c\nfrom names import API\nmain = c.function(API)",
    "returned": "import wxcloud as c\ndef ocr():\n    return c.openapi.ocr",
}


@pytest.mark.parametrize("code", UNCLEAR.values(), ids=UNCLEAR)
def test_decided_at_run_time_is_said_to_be_unclear(code: str) -> None:
    calls = cloud_calls(ast.parse(code))
    assert calls.apis == {}
    assert len(calls.unclear) == 1


NONE = {
    "decorator": "import wxcloud as cloud\n@cloud.function\ndef main(e, c):\n    return {}",
    "own handler": "import wxcloud as cloud\ndef handle(e, c): ...\nmain = cloud.function(handle)",
    "another module's openapi": "import other\nother.openapi.ocr.idcard({})",
    "listing": "import wxcloud as cloud\nprint(dir(cloud.openapi.ocr))",
    "relative": "from .wxcloud import openapi\nopenapi.ocr.idcard({})",
    "nothing": "x = 1",
}


@pytest.mark.parametrize("code", NONE.values(), ids=NONE)
def test_not_a_call(code: str) -> None:
    calls = cloud_calls(ast.parse(code))
    assert (calls.apis, calls.unclear) == ({}, [])


def test_every_api_with_its_first_line() -> None:
    code = "import wxcloud as c\n\nc.openapi.ocr.menu({})\nc.openapi.ocr.idcard({})\nc.openapi.ocr.menu({})\n"
    assert cloud_calls(ast.parse(code)).apis == {"ocr.menu": 3, "ocr.idcard": 4}


@pytest.mark.parametrize(
    "code",
    [
        "import wxcloud as cloud\ncloud.openapi.serviceMarket.invokeService({})",
        "import wxcloud as cloud\ncloud.openapi(convertCase=False).serviceMarket.invokeService({})",
        "import wxcloud as cloud\n@cloud.function\ndef main(e, _):\n    return cloud.ocr_all_in_one(e)",
        "from wxcloud import ocr_all_in_one as read\nread({})",
        "from wxcloud import *\nocr_all_in_one({})",
    ],
)
def test_the_service_market_is_found(code: str) -> None:
    calls = cloud_calls(ast.parse(code))
    assert list(calls.apis) == ["serviceMarket.invokeService"]
    assert calls.unclear == []
