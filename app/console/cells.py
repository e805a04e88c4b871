"""What cells of tables are made of, escaped."""

from markupsafe import Markup


def link(words: str, address: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(address, words)


def whole(words: str, address: str) -> Markup:
    """A link of a number that is read, and compared, on one line."""
    return Markup('<a class="whole" href="{}">{}</a>').format(address, words)


def go(words: str, address: str) -> Markup:
    """A link to a page of its own, beside acts."""
    return Markup('<a class="btn btn-sm" href="{}">{}</a>').format(address, words)


def act(words: str, address: str, danger: bool = False) -> Markup:
    """A link to a page that asks before it acts."""
    more = " btn-outline-danger" if danger else ""
    return Markup('<a class="btn btn-sm{}" href="{}" data-dialog>{}</a>').format(more, address, words)


def badge(words: str, kind: str = "") -> Markup:
    """`kind`: good, wait, bad or nothing."""
    return Markup('<span class="badge-plain {}">{}</span>').format(kind, words)


def yuan(fen: int | None) -> str | None:
    """1234567 is 12,345.67."""
    return None if fen is None else f"{fen // 100:,}.{fen % 100:02d}" if fen >= 0 else f"-{yuan(-fen)}"
