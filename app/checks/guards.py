"""Who may pass: the widget, by the token of its check."""

from collections.abc import Callable
from typing import Any

from flask import g, request

from app.checks import reading
from app.checks.errors import WidgetTokenInvalid
from app.kernel.errors import TooMany
from app.kernel.guarding import guarded
from app.kernel.redis import limit

SCHEME = "Check "
PER_MINUTE = 120  # a page that asks every two seconds, in a few tabs


def _widget() -> None:
    """Sets g.check. Raises WidgetTokenInvalid, TooMany."""
    given = request.headers.getlist("Authorization")
    if len(given) != 1 or not given[0].startswith(SCHEME):
        raise WidgetTokenInvalid
    g.check = reading.by_token(given[0].removeprefix(SCHEME))
    limit(f"check:{g.check.check_no}", PER_MINUTE, 60)


widget_required: Callable[[Callable[..., Any]], Callable[..., Any]] = guarded(
    "widget", _widget, refuses=(WidgetTokenInvalid, TooMany))
