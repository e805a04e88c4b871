"""Unified social credit codes (统一社会信用代码), by GB 32100-2015."""

import re

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
FORM = re.compile(rf"[{ALPHABET}]{{18}}")


def well_formed(code: str) -> bool:
    """18 characters of the standard's alphabet, upper case; says nothing of the check character."""
    return FORM.fullmatch(code) is not None


def check_character(first_17: str) -> str:
    """The 18th character; weights are 3^(i-1) mod 31. A sum of 0 gives 31, which the standard writes as 0."""
    total = sum(ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(first_17))
    return ALPHABET[(31 - total % 31) % 31]


def valid(code: str) -> bool:
    """Whether the form and the check character hold."""
    return well_formed(code) and check_character(code[:17]) == code[17]
