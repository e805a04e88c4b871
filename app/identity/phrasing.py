"""What a subscribe message says: our words in the fields of WeChat's template, each as its kind wants it.

Kinds and lengths: 微信《订阅消息参数值内容限制》; the fields of each template are in config/messages.toml.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from app.kernel import clock
from app.kernel.http import PERSONAL

FILE = Path(__file__).parents[2] / "config" / "messages.toml"
LINE = re.compile(r"\s+")
VISIBLE = re.compile(r"[\x21-\x7e]{1,32}")
PHRASE = re.compile(r"[\u4e00-\u9fff]{1,5}")
LONGEST_THING = 20
Value = str | int | date


@dataclass(frozen=True)
class Shape:
    """A template as config/messages.toml has it: our words by field of WeChat's; its page and its lifetime."""

    page: str
    lifetime: timedelta
    fields: Mapping[str, str]
    says: Mapping[str, str]

    @property
    def asks(self) -> set[str]:
        """The words that the caller gives."""
        return set(self.fields) - set(self.says)

    def filled(self, given: Mapping[str, Value]) -> dict[str, str]:
        """WeChat's `data`, field by field. Raises ValueError for a word too many, too few, or of another kind."""
        if set(given) != self.asks:
            raise ValueError(f"the message takes exactly {sorted(self.asks)}")
        said = {**self.says, **given}
        return {field: _as(field.rstrip("0123456789"), said[word]) for word, field in self.fields.items()}


@cache
def shapes() -> Mapping[str, Shape]:
    """Every message by name; read once."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: Shape(each["page"], timedelta(hours=each["hours"]), each["fields"], each.get("says", {}))
            for name, each in told.items()}


def check(templates: Mapping[str, str]) -> None:
    """Raises ValueError where the setting WECHAT_TEMPLATES names a message that there isn't."""
    unknown = set(templates) - set(shapes())
    if unknown:
        raise ValueError(f"WECHAT_TEMPLATES: there are no messages {sorted(unknown)}")


def _as(kind: str, value: Value) -> str:
    return KINDS[kind](value)


def _thing(value: Value) -> str:
    """One line of at most 20 characters; others' words may be longer, and may hold what nobody should send."""
    told = PERSONAL.sub("***", LINE.sub(" ", _text(value)).strip()) or "-"
    return told if len(told) <= LONGEST_THING else told[:LONGEST_THING - 1] + "…"


def _character_string(value: Value) -> str:
    told = _text(value)
    if not VISIBLE.fullmatch(told):
        raise ValueError("a character_string is 1 to 32 visible ASCII characters")
    return PERSONAL.sub("***", told)


def _phrase(value: Value) -> str:
    told = _text(value)
    if not PHRASE.fullmatch(told):
        raise ValueError("a phrase is 1 to 5 Chinese characters")
    return told


def _amount(value: Value) -> str:
    """From fen."""
    if type(value) is not int or value < 0:
        raise ValueError("an amount is given in fen")
    return f"{value // 100}.{value % 100:02d}元"


def _time(value: Value) -> str:
    if not isinstance(value, datetime):
        raise ValueError("a time is an instant")
    return f"{value.astimezone(clock.SHANGHAI):%Y年%m月%d日 %H:%M}"


def _date(value: Value) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("a date is a day")
    return f"{value:%Y年%m月%d日}"


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is wanted")
    return value


KINDS: Mapping[str, Callable[[Value], str]] = {
    "thing": _thing, "character_string": _character_string, "phrase": _phrase, "amount": _amount, "time": _time,
    "date": _date}
