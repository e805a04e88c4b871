"""Names stay as they were written (promises C22)."""

import pytest
from marshmallow import ValidationError

from app.identity import names

KEPT = [
    "林",
    "𠮷䶮样",
    "阿依·示范",
    "阿依•示范",
    "阿依・示范",
    "阿依‧示范",
    "\u3400\uf900",
    "Anna Maria O'Neil",
    "=cmd|' /C calc'!A0",
    "{{7*7}}",
    "' OR 1=1--",
    "<svg onload=alert(1)>",
    "%s%n",
    "𠮷" * 40,
    "葛\U000e0100",
]
REFUSED = [
    "",
    "林" * 41,
    "𠮷" * 41,
    " 林",
    "林 ",
    "林\u3000",
    "林\u200b示",
    "\u202e范示林",
    "林\u2066x\u2069",
    "林\r\nX: 1",
    "林\x00",
    "\ufeff林",
    "林\u2028示",
    "👩\u200d💻",
    "\ud842",
]


@pytest.mark.parametrize("name", KEPT)
def test_kept(name: str) -> None:
    """Fails where a name is counted in UTF-16, folded, or judged by its script."""
    names.check(name)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    """Fails where what can't be seen may hide in a name."""
    with pytest.raises(ValidationError):
        names.check(name)


@pytest.mark.parametrize(
    ("name", "shown"), [("林示范", "林**"), ("𠮷䶮样", "𠮷**"), ("林", "*"), ("阿依·示范", "阿****")]
)
def test_masked(name: str, shown: str) -> None:
    """Fails where more than one character is shown."""
    assert names.masked(name) == shown
