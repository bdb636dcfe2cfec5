"""Error codes of WeChat's OCR and token interfaces, and of the cloud-call SDK, with the texts clients see.

`text` is what the official tables print, `observed` what the live service was seen to send (without the
``hint`` and ``rid`` that follow it). Clients match on the code, never on the text.
"""

from __future__ import annotations

from typing import NamedTuple

_MORE_DETAILS = (
    ", could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r"
)

TOKENS_USED_UP = "reach max api daily quota limit" + _MORE_DETAILS
"""The text of 45009 as ``/cgi-bin/token`` was seen to send it (royalrick/weapp#105); elsewhere it ends earlier."""


class ErrorCode(NamedTuple):
    """One code: its documented and its observed text, what it means, and what a developer does about it.

    `official`: whether it stands in the official table (of the SDK, for cloud calls).
    """

    code: int
    text: str
    meaning: str
    action: str
    observed_text: str = ""
    official: bool = True

    @property
    def observed(self) -> str:
        """The text on the wire today; the documented one where no other was seen."""
        return self.observed_text or self.text


def _table(*errors: ErrorCode) -> dict[int, ErrorCode]:
    return {error.code: error for error in errors}


ERRORS: dict[int, ErrorCode] = _table(
    ErrorCode(
        -1,
        "system error",
        "WeChat is busy, or img_url was not percent-encoded",
        "Try again; encode img_url exactly once.",
    ),
    ErrorCode(0, "ok", "success", "Nothing to do."),
    ErrorCode(
        40001,
        "invalid credential  access_token isinvalid or not latest",
        "the token is unknown or was replaced",
        "Fetch a token again, best with stable_token; check that it belongs to this account.",
        observed_text="invalid credential, access_token is invalid or not latest" + _MORE_DETAILS,
    ),
    ErrorCode(40002, "invalid grant_type", "grant_type is not client_credential", "Send client_credential."),
    ErrorCode(40013, "invalid appid", "the appid does not exist", "Check the appid; it begins with wx."),
    ErrorCode(40014, "invalid access_token", "the token is malformed", "Fetch a token again."),
    ErrorCode(40066, "invalid url", "the path or URL is not valid", "Check the URL."),
    ErrorCode(
        40125, "invalid appsecret", "the secret does not belong to the appid", "Check or reset the secret."
    ),
    ErrorCode(
        40164,
        "invalid ip not in whitelist",
        "the server's address is not on the account's IP allow-list",
        "Add the address in the console, or switch the allow-list off.",
        observed_text="invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist",
    ),
    ErrorCode(40243, "AppSecret has been frozen", "the secret was frozen", "Unfreeze it in the console."),
    ErrorCode(41001, "access_token missing", "no token was sent", "Put access_token into the query."),
    ErrorCode(
        41002,
        "appid missing",
        "no appid was sent",
        "stable_token wants its parameters in a JSON body, token in the query.",
    ),
    ErrorCode(41004, "appsecret missing", "no secret was sent", "Send the secret."),
    ErrorCode(
        41005,
        "media data missing",
        "there was no picture: no img part with a filename and no img_url in the query",
        "Send img as a file, or img_url in the query; not in a JSON body.",
    ),
    ErrorCode(
        42001, "access_token expired", "the token is older than its expires_in", "Fetch a token again."
    ),
    ErrorCode(43002, "require POST method", "the method was not POST", "Send POST."),
    ErrorCode(43003, "require https", "the scheme was http", "Use https."),
    ErrorCode(44002, "empty post data", "the body was empty", "Send a body."),
    ErrorCode(
        45009,
        "reach max api daily quota limit",
        "the platform's own daily limit of this interface is used up; not the OCR pack",
        "Wait for the next day or clear the quota.",
    ),
    ErrorCode(
        45011,
        "api minute-quota reach limit must slower retry next minute",
        "too many calls this minute",
        "Slow down.",
    ),
    ErrorCode(47001, "data format error", "the body is not valid JSON", "Send valid JSON in UTF-8."),
    ErrorCode(
        48001,
        "api unauthorized",
        "the account may not call this interface: it is not verified",
        "Verify the account.",
    ),
    ErrorCode(
        48006,
        "forbid to clear quota because of reaching the limit",
        "the quota was cleared ten times this month",
        "Wait for the next month.",
    ),
    ErrorCode(50002, "user limited", "the account is limited", "See the notices in the console."),
    ErrorCode(
        50004,
        "user not allow to use accesstoken, maybe for punishment",
        "the account may not fetch tokens",
        "See the notices in the console.",
        official=False,
    ),
    ErrorCode(
        61004,
        "access clientip is not registered, not in ip-white-list",
        "the third-party platform's server is not on its IP allow-list",
        "Add the address in the platform's console.",
    ),
    ErrorCode(
        61007,
        "api is unauthorized to component",
        "permission set 117 was not granted to the third-party platform",
        "Have the account grant permission set 117.",
    ),
    ErrorCode(
        76003, "invalid cgi_path", "cgi_path has the wrong form", "Begin it with / and leave the query out."
    ),
    ErrorCode(76021, "cgi_path not found, please check", "there is no such interface", "Check cgi_path."),
    ErrorCode(
        76022,
        "could not use this cgi_path,no permission",
        "the account may not use this interface",
        "Check the account's permissions.",
    ),
    ErrorCode(
        101000,
        "invalid image url",
        "img_url could not be fetched",
        "Use a public http(s) URL on port 80 or 443, encoded once; resolve cloud:// IDs first.",
    ),
    ErrorCode(
        101001,
        "certificate not found",
        "the picture shows no such document",
        "Check the method, and take the photo again: whole card, sharp, upright.",
    ),
    ErrorCode(
        101002,
        "decode image failed",
        "the picture is too large or cannot be decoded",
        "Send JPEG or PNG below 2 MB.",
    ),
    ErrorCode(
        101003,
        "not enough market quota",
        "the free calls of the day are used up, or the pack was never claimed",
        "Claim or buy a pack on the service market; do not retry.",
    ),
)

MARKET_ERRORS: dict[int, ErrorCode] = _table(
    ErrorCode(
        9301001,
        "invalid parameter",
        "a field of the request, or of its data, is missing or wrong",
        "Read the request.",
    ),
    ErrorCode(9301002, "call api service failed", "the provider could not be called", "Try again once."),
    ErrorCode(
        9301003,
        "internal exception",
        "WeChat failed; also what data as JSON text is answered with",
        "Send data as an object, not as text.",
    ),
    ErrorCode(9301006, "", "the service is wrong (guess)", "Check the service.", official=False),
    ErrorCode(9301007, "", "the api is wrong (guess)", "Check the api.", official=False),
    ErrorCode(
        9301008,
        "invalid api info",
        "there is no such service or api",
        "Check service and api, upper and lower case too.",
        official=False,
    ),
    ErrorCode(
        9301010,
        "consumption failure",
        "the calls of the day are used up, or the pack was never claimed",
        "Claim or buy a pack on the service market; do not retry.",
    ),
    ErrorCode(9301011, "", "too many calls", "Slow down."),
    ErrorCode(9301012, "service timeout", "the provider did not answer in time", "Try again once."),
    ErrorCode(
        9301013,
        "api type not match",
        "async is true for an api that answers at once, or the other way round",
        "Leave async out.",
        official=False,
    ),
    ErrorCode(9301014, "", "there is no such request_id, or no longer", "Call the service again."),
    ErrorCode(9301015, "", "the provider has not finished", "Ask again later."),
    ErrorCode(
        9311003,
        "",
        "the provider refused the picture: not fetchable, not a picture, too large (guess)",
        "Check the picture: JPEG or PNG below 2 MB, at a public address.",
        official=False,
    ),
)
"""Codes of the service market alone; 4xxxx are those of every interface. No text: none is known."""

CLOUD_ERRORS: dict[int, ErrorCode] = _table(
    ErrorCode(
        -404011,
        "cloud function execution error",
        "the function failed (older base libraries)",
        "Read its log.",
        official=False,
    ),
    ErrorCode(
        -501000,
        "resource system error",
        "no such function or environment",
        "Check the name; deploy it.",
        official=False,
    ),
    ErrorCode(-501001, "resource system error", "the call did not get through", "Try again."),
    ErrorCode(-501002, "resource server timeout", "the environment did not answer in time", "Try again."),
    ErrorCode(-501007, "invalid parameters", "the request was refused", "Read the message."),
    ErrorCode(
        -503003,
        "storage file not exists",
        "the file ID names nothing in this environment",
        "Check the file ID and the environment.",
    ),
    ErrorCode(-504001, "functions request fail", "the function could not be called", "Try again."),
    ErrorCode(-504002, "functions execute fail", "the function raised an error", "Read its log."),
    ErrorCode(
        -504003,
        "functions time limit exceeded",
        "the function ran past its time limit",
        "Raise timeout in its config.json, or do less.",
        official=False,
    ),
    ErrorCode(-601001, "system error", "the answer could not be understood", "Try again."),
    ErrorCode(-601002, "system args error", "an argument is wrong", "Read the message."),
    ErrorCode(
        -604001, "cloudfunction result size exceed limit (1MB)", "the result is too large", "Return less."
    ),
    ErrorCode(-604100, "API not found", "there is no such openapi", "Check its spelling."),
    ErrorCode(
        -604101,
        "function has no permission to call this API",
        "config.json does not list it under permissions.openapi",
        "List it and deploy again; for wx-server-sdk with DevTools, whose list takes about ten minutes to hold.",
    ),
    ErrorCode(-604102, "call open API timeout", "WeChat did not answer in time", "Try again."),
    ErrorCode(-604103, "call open API system error", "WeChat failed", "Try again."),
    ErrorCode(
        -604104,
        "illegal source of invocation",
        "the call chain did not begin in a mini-program",
        "Start it there.",
    ),
)
