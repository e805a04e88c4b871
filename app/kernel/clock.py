"""Time: one seam for now, Shanghai days, and working days."""

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
OVERRIDES = Path(__file__).parents[2] / "config" / "workdays.toml"


def now() -> datetime:
    """This instant, with zone UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day in Asia/Shanghai."""
    return shanghai_day(now())


def shanghai_day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """The first instant of a Shanghai day."""
    return datetime.combine(day, time.min, SHANGHAI)


def day_end(day: date) -> datetime:
    """The first instant after a Shanghai day: for comparing with `<`."""
    return day_start(day + timedelta(days=1))


def rfc3339(moment: datetime) -> str:
    """`2026-11-23T09:30:00+08:00`: seconds, Shanghai's offset (platform.md)."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


def is_working_day(day: date) -> bool:
    """By config/workdays.toml, else the State Council's calendar, else Monday to Friday."""
    stated = _stated()
    if day in stated:
        return stated[day]
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # next year's holidays aren't announced yet
        return day.weekday() < 5


def add_working_days(day: date, count: int) -> date:
    """The count-th working day after `day`, which itself doesn't count."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


@cache
def _stated() -> dict[date, bool]:
    if not OVERRIDES.exists():
        return {}
    pages = tomllib.loads(OVERRIDES.read_text(encoding="utf-8"))
    return {**dict.fromkeys(pages.get("working", []), True), **dict.fromkeys(pages.get("free", []), False)}
