"""Our own rule for identity numbers (GB 11643-1999, ISO 7064 MOD 11-2).

No table of counties: counties come and go, and people keep the number they were given at birth.
"""

import re
from datetime import date
from operator import mul

from app.identity.errors import IdNumberInvalid

FORM = re.compile(r"[0-9]{17}[0-9X]")
OLD_FORM = re.compile(r"[0-9]{15}")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
OLDEST = date(1900, 1, 1)
PROVINCES = frozenset({
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43",
    "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65"})
PERMITS = frozenset({"810000", "820000", "830000"})  # residence permits: Hong Kong, Macao, Taiwan


def read(text: str, today: date) -> str:
    """The number in the one form that is kept: a lower-case x is taken as X. Raises IdNumberInvalid.

    The refusal says what is wrong, and never what was typed.
    """
    number = text[:-1] + "X" if text.endswith("x") else text
    wrong = _wrong(number, today)
    if wrong is not None:
        raise IdNumberInvalid(wrong)
    return number


def check_digit(seventeen: str) -> str:
    """The eighteenth character."""
    return CHECKS[sum(map(mul, map(int, seventeen), WEIGHTS)) % 11]


def born_on(number: str) -> date:
    """The day of birth; raises ValueError where there is no such day."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def age_on(number: str, day: date) -> int:
    """Full years on that day; a year is full on the birthday itself (decision 0050)."""
    born = born_on(number)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def region_of(number: str) -> str:
    """The six digits of the place where the number was given (GB/T 2260 of that day)."""
    return number[:6]


def _wrong(number: str, today: date) -> str | None:
    if OLD_FORM.fullmatch(number):
        return "fifteen"
    if len(number) != 18:
        return "length"
    if not FORM.fullmatch(number):
        return "characters"
    if number[:2] not in PROVINCES and number[:6] not in PERMITS:
        return "region"
    if not _real_day(number, today):
        return "date"
    return None if check_digit(number[:17]) == number[17] else "check_digit"


def _real_day(number: str, today: date) -> bool:
    try:
        return OLDEST <= born_on(number) <= today
    except ValueError:
        return False
