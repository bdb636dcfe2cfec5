"""What stands on business licences: kinds of enterprises, registered scope, dates, capital, codes.

The kinds are those that registries print (GB/T 12402 and the registration rules of 2022), the phrases in
`STANDING` those that registration rules give word for word. Where a text differs from one of them in a few
characters, and only in such as were read with doubt, it is taken to be it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.documents.lexicon import scopes
from cloudbase_ocr.recognizer.fields import checksums, formats
from cloudbase_ocr.recognizer.fields.spec import DOUBTLESS

if TYPE_CHECKING:
    from collections.abc import Sequence


def words(text: str) -> tuple[str, ...]:
    """Words with blanks between them."""
    return tuple(text.split())


_OWNERS = words(
    "自然人独资 自然人投资或控股 自然人投资或控股的法人独资 非自然人投资或控股的法人独资 法人独资 国有独资 "
    "国有控股 外商投资企业法人独资 外国法人独资 外国自然人独资 外商独资 外商合资 外商投资、非独资 "
    "外商投资企业与内资合资 中外合资 中外合作 台港澳法人独资 台港澳自然人独资 台港澳合资 台港澳与境内合资 "
    "港澳台法人独资 港澳台自然人独资 港澳台投资、非独资"
)
_SHARES = words(
    "上市 非上市 上市、自然人投资或控股 非上市、自然人投资或控股 上市、国有控股 非上市、国有控股 "
    "上市、外商投资企业投资 非上市、外商投资企业投资 非上市、外商投资 港澳台投资、非上市"
)
_OTHER_KINDS = words(
    "个体工商户 个体户 有限责任公司 其他有限责任公司 一人有限责任公司 有限责任公司分公司 其他有限责任公司分公司 "
    "股份有限公司 其他股份有限公司（非上市） 其他股份有限公司（上市） 股份有限公司分公司 个人独资企业 "
    "个人独资企业分支机构 普通合伙企业 有限合伙企业 特殊普通合伙企业 合伙企业分支机构 外商投资合伙企业 "
    "农民专业合作社 农民专业合作社分支机构 农民专业合作社联合社 全民所有制 全民所有制分支机构 集体所有制 "
    "集体所有制分支机构 股份合作制 股份合作企业 国有企业 国有独资公司 联营企业"
)
KINDS = frozenset(
    [
        *(f"有限责任公司（{owner}）" for owner in _OWNERS),
        *(f"有限责任公司分公司（{owner}）" for owner in _OWNERS),
        *(f"股份有限公司（{shares}）" for shares in _SHARES),
        *_OTHER_KINDS,
    ]
)
# How a business of an individual is organised (组成形式).
ORGANIZATIONS = frozenset(words("个人经营 家庭经营 合伙经营"))
STANDING = (
    "（依法须经批准的项目，经相关部门批准后方可开展经营活动）",
    "（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）",
    "（依法须经批准的项目，经相关部门批准后方可开展经营活动，具体经营项目以审批结果为准）",
    "（依法须经批准的项目，经相关部门批准后方可开展经营活动，具体经营项目以相关部门批准文件或许可证件为准）",
    (
        "（市场主体依法自主选择经营项目，开展经营活动；依法须经批准的项目，经相关部门批准后依批准的内容开展经营活动；"
        "不得从事国家和本市产业政策禁止和限制类项目的经营活动。）"
    ),
)
# At most this share of a text's characters is other than in one of these.
MISREAD_SHARE = 0.22
# Only behind these words does a registered scope have a colon; elsewhere it is a semicolon.
_HEADS = re.compile("(?:(?:一般|许可)(?:经营)?(?:项目|事项)|如下|下列|以下|包括|其中|主营|兼营)$")
# The characters of an amount of capital, in figures or in words.
AMOUNTS = "0123456789零〇壹贰叁肆伍陆柒捌玖拾佰仟万亿元圆整人民币美港欧日.,，（）()角分无"
# Specks of the paper in Chinese print.
_SPECK = re.compile("(?<=[\u4e00-\u9fff（(）)])[.'`_|](?=[\u4e00-\u9fff（(）)])")
# A mark, or a stroke of a seal, behind the last word of a company's name: no branch, shop or works follows.
_BEHIND_NAME = re.compile("(.*(?:公司|合作社))(?!.*[店部厂站室所组队场处社行院园库司）)]$)[^（(]{1,2}")
# The same behind a house, a floor or a room.
_IN_ADDRESSES = (
    "0-9A-Za-z\\-—~#、，,（）()之号室层楼栋幢座房铺店厅门院厂库区户元附甲乙丙丁一二三四五六七八九十百整全部分自编临街商住"
    "内外旁东西南北中侧面前后左右上下首负夹村组社路巷道口间馆仓棚段排位档柜园苑厦城场地块堂吧对半边车大小公寓"
)
_BEHIND_ADDRESS = re.compile(f"(.*[号室层楼栋幢座房铺])(?=.*[^{_IN_ADDRESSES}])[^号室层楼栋幢座房铺]{{1,2}}")
_CAPITAL = re.compile(f"[{re.escape(AMOUNTS)}]+")


def code(text: str) -> str:
    """A unified social credit code of 18 characters, or an older registration number of 13 or 15 digits."""
    plain = re.sub(r"[^0-9A-Z]", "", text.upper())
    # The code has no I, O, S, V, Z (GB 32100): the first two are 1 and 0.
    if len(plain) == 18:
        plain = plain.translate(str.maketrans("IO", "10"))
        return plain if not re.search("[SVZ]", plain) else ""
    return plain if re.fullmatch("[0-9]{13}|[0-9]{15}", plain) else ""


def serial(text: str) -> str:
    """The certificate's own number: letters, digits and marks."""
    plain = formats.free(re.sub(r"^[NnＮ][Oo0º]?[.:：]", "", text))
    return plain if re.fullmatch(r"[0-9A-Za-z()（）S/-]{4,30}", plain) else ""


def chinese_date(text: str) -> str:
    """A date as printed: 2018年1月1日. What is read of a seal behind it is no part of it."""
    match = re.fullmatch(r"(([0-9]{4})年([0-9]{1,2})月([0-9]{1,2}))(?:日[^0-9至]{0,3})?", text)
    return f"{match[1]}日" if match and checksums.iso_date(*match.groups()[1:]) else ""


def period(text: str) -> str:
    """A term as printed: 长期, or one or two dates with 自, 至, 到 or 长期 around them."""
    # The end of a misread label may stand before the first date.
    plain = re.sub("^[^0-9自从长不永]{1,2}(?=[0-9]{4}年)", "", formats.free(text))
    dates = re.findall(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日", plain)
    # Between two dates stands a word or a dash, and nothing but that.
    rest = re.sub(r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日", "D", plain)
    known = re.fullmatch(
        "(?:[自从]?D(?:[至到—-]+(?:D|[*＊]+|(?:长期|不约定期限|永久|无固定期限))?)?|长期|不约定期限|永久|无固定期限)",
        rest,
    )
    return plain if known and all(checksums.iso_date(*each) for each in dates) else ""


def amount(text: str) -> str:
    """Capital as printed, in figures or in words."""
    plain = formats.free(text)
    if re.match(r"0+(?:\.0+)?(?![0-9.])", plain):  # its first figures were not read
        return ""
    return (
        plain if _CAPITAL.fullmatch(plain) and re.search("[0-9壹贰叁肆伍陆柒捌玖拾佰仟零无]", plain) else ""
    )


def name(text: str) -> str:
    """An enterprise's name, up to what no name ends in; its second row alone, such as 有限公司, is none."""
    plain = _SPECK.sub("", formats.free(text))
    stray = _BEHIND_NAME.fullmatch(plain)
    plain = stray[1] if stray else plain
    return "" if re.fullmatch("(?:股份)?(?:有限)?(?:责任)?公司|合作社|", plain) else plain


def address(text: str) -> str:
    """An address, up to what none ends in: 9号有交 is 9号."""
    plain = formats.free(text)
    stray = _BEHIND_ADDRESS.fullmatch(plain)
    return stray[1] if stray else plain


def person(text: str) -> str:
    """A person's or a firm's name, also with its delegate (委派代表：甲): no digits."""
    plain = formats.free(text)
    return plain if re.fullmatch(r"[\u3400-\u9fffA-Za-z·.,，、：:（）() ]{2,60}", plain) else ""


def kind(text: str, scores: Sequence[float] = ()) -> str:
    """The kind of enterprise as it is read, or the one printed kind that it is but for doubtful characters.

    Nothing for the beginning of a kind, whose end was not read.
    """
    plain = formats.free(text)
    if is_kind(plain):
        return plain
    stray = [name for name in _FOLDED if folded(plain).startswith(name) and len(plain) - len(name) <= 2]
    if stray and plain[len(max(stray, key=len))] not in "（(":
        return plain[: len(max(stray, key=len))]
    found = [name for name in KINDS if len(name) == len(text) and _mended(text, scores, name)]
    if len(found) == 1:
        return found[0]
    return "" if any(name.startswith(folded(plain)) for name in _FOLDED) else plain


def is_kind(text: str) -> bool:
    """Whether this is a kind of enterprise that registries print."""
    return folded(formats.free(text)) in _FOLDED


def folded(text: str) -> str:
    """The text with narrow marks."""
    return text.translate(_NARROW)


_NARROW = str.maketrans("（），：；", "(),:;")
_FOLDED = {folded(name) for name in KINDS}


def scope(text: str, scores: Sequence[float] = ()) -> str:
    """A registered scope: standing phrases in their words, semicolons between its entries, brackets paired.

    `scores` are the confidences of the characters; without them no character is doubtful.
    """
    if len(scores) == len(text):
        text, scores = scopes.put_right(text, scores)
    text = standing(text, scores)
    plain = text.strip(" ：.·_-—,，、'\"`|")
    plain = re.sub("[:：]", lambda mark: "：" if _HEADS.search(plain[: mark.start()]) else "；", plain)
    # Of two marks in a row one is the edge of the other.
    plain = re.sub("([。；，、])[。；，、]+", r"\1", plain)
    # A comma cannot stand before a bracket that closes the list.
    plain = re.sub("[，,、](?=[（(](?:除?依法须经|市场主体依法))", "。", plain)
    # Its end was not read where a bracket stays open.
    return formats.paired(plain) if folded(plain).count("(") <= folded(plain).count(")") else ""


def scope_confidence(text: str, scores: Sequence[float]) -> float:
    """The confidence in the worst character of a scope, 1 if there is none.

    Marks, known entries and standing phrases do not count: they have but few forms.
    """
    return _min_confidence(*scopes.put_right(text, scores))


def _min_confidence(text: str, scores: Sequence[float]) -> float:
    found = _phrase_in(text, scores)
    if found:
        start, phrase = found
        end = start + len(phrase)
        return min(_min_confidence(text[:start], scores[:start]), _min_confidence(text[end:], scores[end:]))
    return min((score for each, score in zip(text, scores, strict=True) if each.isalnum()), default=1.0)


def standing(text: str, scores: Sequence[float]) -> str:
    """The text with each standing phrase in its own words, where only doubtful characters differ."""
    found = _phrase_in(text, scores) if len(scores) == len(text) else None
    if not found:
        return text
    start, phrase = found
    end = start + len(phrase)
    return standing(text[:start], scores[:start]) + phrase + standing(text[end:], scores[end:])


def _phrase_in(text: str, scores: Sequence[float]) -> tuple[int, str] | None:
    """Where a standing phrase begins, the longest that is there, and its own words."""
    for phrase in sorted(STANDING, key=len, reverse=True):
        for start in range(len(text) - len(phrase) + 2):
            end = start + len(phrase)
            # The bracket at a text's end may have been cut off.
            wanted = phrase[: len(text) - start]
            if _mended(text[start:end], scores[start:end], wanted):
                return start, phrase
    return None


def _mended(text: str, scores: Sequence[float], wanted: str) -> bool:
    """Whether a text is another of the same length but for a few doubtful characters."""
    off = [place for place, (a, b) in enumerate(zip(folded(text), folded(wanted), strict=True)) if a != b]
    if len(off) > MISREAD_SHARE * len(wanted) or (off and len(scores) != len(text)):
        return False
    return all(scores[place] < DOUBTLESS for place in off)
