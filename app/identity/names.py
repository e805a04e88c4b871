"""Names are kept as they are written: no folding, no judging; only what can't be seen is refused."""

import unicodedata

from marshmallow import ValidationError

from app.kernel import messages

LONGEST = 40
# control and format characters (bidi overrides, zero widths), half surrogates, line and paragraph separators
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
LENGTH, EDGES, HIDDEN = "姓名为 1 至 40 个字。", "姓名前后不能有空格。", "姓名中含有看不见的字符，请重新手工输入。"
messages.also({LENGTH: "A name has 1 to 40 characters.", EDGES: "No spaces before or after the name.",
               HIDDEN: "The name holds characters that can't be seen; type it by hand."})


def check(name: str) -> None:
    """1 to 40 characters (code points, so that 𠮷 counts as one). Raises marshmallow's ValidationError."""
    if not 1 <= len(name) <= LONGEST:
        raise ValidationError(LENGTH)
    if name != name.strip():
        raise ValidationError(EDGES)
    if not name.isprintable() and any(unicodedata.category(char) in UNSEEN for char in name):
        raise ValidationError(HIDDEN)


def masked(name: str) -> str:
    """The first character stays: 林**. A name of one character is hidden whole."""
    return name[0] + "*" * (len(name) - 1) if len(name) > 1 else "*"
