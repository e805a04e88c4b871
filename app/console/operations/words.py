"""Chinese words of states that several pages of operations show, and how a badge of them looks."""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from app.console import cells
from app.console.tables import Ask, Source

DAYS = 14  # that charts show
BREAKERS = {"closed": ("正常", "good"), "half_open": ("正在试探", "wait"), "open": ("已断开", "bad")}
BATCHES = {"ready": ("待报送", "wait"), "sending": ("报送中", "wait"), "settled": ("已回执", "good"),
           "parked": ("已停发", "bad"), "undone": ("已拆分", "")}
RECORDS = {"owed": ("待入批", "wait"), "sent": ("报送中", "wait"), "accepted": ("已接收", "good"),
           "rejected": ("被拒收", "bad"), "parked": ("未报送", "bad")}
DAYS_STATES = {"agreed": ("一致", "good"), "differs": ("有差异", "bad"), "incomplete": ("平台尚未结清", "wait"),
               "fetching": ("正在核对", "wait")}
OUTCOMES = {"fulfilled": "已履约", "cancelled": "已取消", "breached": "未履约", "reversed": "已撤回"}
INITIATIVES = {"open": ("待响应", "wait"), "overdue": ("已逾期", "bad"), "accepted": ("已接受", "good"),
               "declined": ("未接受", ""), "refused": ("响应被拒收", "bad")}
APPEALS = {"opened": ("待受理", "wait"), "marked": ("办理中", "wait"), "settled": ("已办结", "good")}
EVENTS = {"processed": ("已处理", "good"), "stale": ("已过时，未采用", ""), "refused": ("未接受", "bad")}
OFFERS = {"draft": ("草稿", ""), "review": ("待审核", "wait"), "live": ("开放中", "good"), "paused": ("已暂停", "wait"),
          "ended": ("已结束", "")}
YES_NO = {"yes": "是", "no": "否"}
RED_LISTS = {"outstanding_youth_volunteer": "优秀青年志愿者"}


def badge(words: Mapping[str, tuple[str, str]], state: str) -> Markup:
    """A state nobody has words for stands as it is."""
    return cells.badge(*words.get(state, (state, "")))


def choices(words: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {state: label for state, (label, _) in words.items()}


def paged(read: Callable[[dict[str, Any]], tuple[list[Any], str | None]]) -> Source:
    """A source of a package's own list, newest first: its args are the filters and the page; yes and no are bools."""

    def source(ask: Ask) -> tuple[list[Any], str | None]:
        values = {name: value == "yes" if value in YES_NO else value for name, value in ask.values.items()}
        return read({**values, **ask.page})

    return source
