"""What is wrong with a field, in the language of whom it is told to: Chinese, or English where asked for.

marshmallow speaks English, our own checks Chinese; both are turned here, once, when a refusal is rendered. A
scenario's own words stay as its author wrote them.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

Turn = Callable[[str], str]
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")

CHINESE: tuple[tuple[str, str], ...] = (
    (r"Missing data for required field\.", "必填，请补充。"),
    (r"Field may not be null\.", "不能为空值。"),
    (r"Unknown field\.", "没有这个字段，请删去。"),
    (r"Invalid (?:input )?type\.", "类型不对，请核对。"),
    (r"Invalid value\.", "内容不对，请核对。"),
    (r"Not a valid string\.", "须为文字。"),
    (r"Not a valid utf-8 string\.", "须为 UTF-8 文字。"),
    (r"Not a valid integer\.", "须为整数。"),
    (r"Not a valid number\.", "须为数字。"),
    (r"Number too large\.", "数字过大。"),
    (r"Not a valid boolean\.", "须为 true 或 false。"),
    (r"Not a valid UUID\.", "编号格式不对。"),
    (r"Not a valid list\.", "须为列表。"),
    (r"Not a valid mapping type\.", "须为对象。"),
    (r"Not a valid date\.", "须为日期，例如 2026-11-23。"),
    (r"Not a valid (?:aware |naive )?(?:datetime|time)\.", "须为带时区的时间，例如 2026-11-23T09:30:00+08:00。"),
    (r"Not a valid file\.", "须为上传的文件。"),
    (r'"?(.+?)"? cannot be formatted as a (?:datetime|date|time)\.', "须为时间。"),
    (r"String does not match expected pattern\.", "格式不对，请核对。"),
    (r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.", r"须在 \1 至 \2 之间。"),
    (r"Must be greater than or equal to (\S+)\.", r"不能小于 \1。"),
    (r"Must be less than or equal to (\S+)\.", r"不能大于 \1。"),
    (r"Length must be between (\d+) and (\d+)\.", r"长度须在 \1 至 \2 之间。"),
    (r"Length must be (\d+)\.", r"长度须为 \1。"),
    (r"Shorter than minimum length (\d+)\.", r"长度至少为 \1。"),
    (r"Longer than maximum length (\d+)\.", r"长度至多为 \1。"),
    (r"Must be one of: (.*)\.", r"须为以下之一：\1。"),
)
"""marshmallow's own messages (4.x), whole, and ours for them."""

ENGLISH: dict[str, str] = {
    "重复出现。": "It is given more than once.",
    "含有不能接受的字符。": "It has characters that can't be taken.",
    "不是有效的翻页标记，请从第一页重新开始。": "No cursor of ours; start from the first page.",
    "含有不能保存的字符，请删除后重试。": "It has characters that can't be kept; delete them.",
    "请从给出的选项中选择。": "Take one of the choices.",
    "不是微信给出的凭证。": "WeChat gives no such code.",
    "姓名为 1 至 40 个字。": "A name has 1 to 40 characters.",
    "姓名前后不能有空格。": "No space before or after the name.",
    "姓名中含有看不见的字符，请重新手工输入。": "The name has characters that can't be seen; type it anew.",
    "结束时间须晚于开始时间。": "It has to end after it begins.",
    "请删去证件号码、手机号。": "Take out identity and mobile numbers.",
    "监护人的信息须一并填写。": "All of the guardian, or nothing.",
    "不能晚于联合激励发起的结束时间。": "It can't end after the initiative does.",
    "不在联合激励发起所列的地区内。": "It isn't within the initiative's regions.",
    "没有这个商户号。": "There is no such mchid.",
    "没有这个场景。": "There is no such scenario.",
    "请填写六位行政区划代码。": "A region has six digits.",
    "须为带时区的 RFC 3339 时间，例如 2026-11-23T09:30:00+08:00。":
        "RFC 3339 with an offset, e.g. 2026-11-23T09:30:00+08:00.",
    "没有这个时间。": "There is no such moment.",
    "须为 YYYY-MM-DD。": "YYYY-MM-DD.",
    "没有这一天。": "There is no such day.",
    "out_order_no 与 query_id 须且只须填写一项。": "Exactly one of out_order_no and query_id.",
    "免确认订单必填，需确认订单不填。": "Where need_user_confirm is false, and only there.",
    "须为 yyyyMMddHHmmss 或 yyyyMMdd。": "yyyyMMddHHmmss or yyyyMMdd.",
    "须为 yyyyMMddHHmmss。": "yyyyMMddHHmmss.",
    "presentation、entitlement_no、proof 须且只须填写一项。": "Exactly one of presentation, entitlement_no and proof.",
    "redeemed_at 须与 proof 一同填写。": "redeemed_at goes with proof, and only with it.",
    "内容不对，请核对。": "That isn't one; look again.",
    "须为文字。": "It has to be text.",
    "请先保存私钥，再勾选。": "Keep the private key first, then tick.",
    "请写作 2026-11-23 09:30:00。": "Write it as 2026-11-23 09:30:00.",
    "须为带时区的时间，例如 2026-11-23T01:30:00Z。": "A time with its zone, e.g. 2026-11-23T01:30:00Z.",
    "须为金额，例如 99 或 12.50。": "An amount in yuan, e.g. 99 or 12.50.",
    "请填写金额，单位为元，最多两位小数，例如 12.50。": "An amount in yuan with at most two decimals, e.g. 12.50.",
}
"""Our own messages in English."""

_CHINESE = tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in CHINESE)


def also(english: Mapping[str, str]) -> None:
    """Add a package's own messages, Chinese to English."""
    ENGLISH.update(english)


def told(errors: Any, *, english: bool) -> Any:
    """marshmallow's tree of messages with every message in one language; what isn't known stays as it is."""
    return _turned(errors, _english if english else _chinese)


def _turned(errors: Any, turn: Turn) -> Any:
    if isinstance(errors, Mapping):
        return {_name(name): _turned(inner, turn) for name, inner in errors.items()}
    if isinstance(errors, list | tuple):
        return [_turned(inner, turn) for inner in errors]
    return turn(errors) if isinstance(errors, str) else errors


def _name(name: Any) -> Any:
    """Fields that we don't have are named by the caller, who may write anything: what can't be a field isn't told."""
    return name if isinstance(name, int) or FIELD.fullmatch(str(name)) else "?"


def _chinese(message: str) -> str:
    for pattern, words in _CHINESE:
        found = pattern.fullmatch(message)
        if found:
            return found.expand(words)
    return message


def _english(message: str) -> str:
    return ENGLISH.get(message, message)
