"""PayScore's times: yyyyMMddHHmmss or yyyyMMdd in Shanghai's time, or OnAccept; each is as exact as it is written."""

import re
from datetime import datetime, timedelta

from app.kernel import clock

ON_ACCEPT = "OnAccept"
FORM = re.compile(r"2[01][0-9]{2}[0-9]{4}(?:[0-9]{6})?")
AHEAD = timedelta(seconds=300)  # how far a merchant's clock may run before ours
PATTERNS = {8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}


def read(text: str) -> datetime:
    """The instant, or the beginning of the day. Raises ValueError for anything else, OnAccept too."""
    if FORM.fullmatch(text) is None:
        raise ValueError("yyyyMMddHHmmss or yyyyMMdd")
    return datetime.strptime(text, PATTERNS[len(text)]).replace(tzinfo=clock.SHANGHAI)


def told(moment: datetime) -> str:
    """An instant as merchants read it."""
    return f"{moment.astimezone(clock.SHANGHAI):%Y%m%d%H%M%S}"


def to_come(text: str) -> bool:
    """Whether this lies in the future, by the day where only a day is told."""
    moment = read(text)
    return moment.date() > clock.today() if len(text) == 8 else moment > clock.now() + AHEAD


def before(one: str, other: str) -> bool:
    """Whether one lies before the other, compared by the day where either is but a day."""
    exact = len(one) == len(other) == 14
    return read(one) < read(other) if exact else one[:8] < other[:8]
