"""The sandbox's clock: the machine's, shifted by as much as a control call asks for."""

import calendar
import re
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


class Clock:
    """Seconds since the epoch, with an offset that tests may set."""

    def __init__(self) -> None:
        self.offset_s = 0.0

    def now(self) -> float:
        """Unix seconds on the platform's clock."""
        return time.time() + self.offset_s

    def stamp(self) -> str:
        """Now as RFC 3339 with the offset of Shanghai, whole seconds."""
        return stamp(self.now())

    def precise(self) -> str:
        """Now as RFC 3339 with milliseconds, for what the control calls show."""
        return datetime.fromtimestamp(self.now(), SHANGHAI).isoformat(timespec="milliseconds")

    def today(self) -> date:
        """The day in Shanghai."""
        return day_of(self.now())


def stamp(at: float) -> str:
    """Unix seconds as RFC 3339 in Shanghai's offset."""
    return datetime.fromtimestamp(int(at), SHANGHAI).isoformat()


def day_of(at: float) -> date:
    """The Asia/Shanghai day in which a moment lies."""
    return datetime.fromtimestamp(at, SHANGHAI).date()


def moment(text: str) -> float:
    """Unix seconds of an RFC 3339 text with offset; ValueError for anything else."""
    if not RFC3339.fullmatch(text):
        raise ValueError("not RFC 3339 with offset")
    whole, fraction, offset = re.fullmatch(r"([^.Z+]{19})(\.\d+)?(.+)", text).groups()  # type: ignore[union-attr]
    parsed = datetime.fromisoformat(whole + ("+00:00" if offset == "Z" else offset))
    return parsed.astimezone(UTC).timestamp() + float(fraction or 0)


def a_year_after(at: float) -> float:
    """The same Shanghai wall-clock time one calendar year on; 29 February becomes the 28th."""
    start = datetime.fromtimestamp(at, SHANGHAI)
    last = calendar.monthrange(start.year + 1, start.month)[1]
    return start.replace(year=start.year + 1, day=min(start.day, last)).timestamp()


def complete_from(day: date) -> float:
    """When a settlement day is complete: 02:00 of the next day in Shanghai."""
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, 2, tzinfo=SHANGHAI).timestamp()


def month_of(day: date) -> tuple[date, date]:
    """First and last day of the month, the span for which a grade is given out."""
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
