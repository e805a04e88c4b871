"""Every route names its guard; a test fails where one doesn't."""

import functools
from collections.abc import Callable
from typing import Any

View = Callable[..., Any]


def guarded(name: str, check: Callable[[], None]) -> Callable[[View], View]:
    """A guard: `check` runs before the view and refuses by raising; the route carries the guard's name."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            check()
            return view(*args, **kwargs)

        checked.guard = name  # type: ignore[attr-defined]
        return checked

    return wrap


def public(view: View) -> View:
    """Anybody may call this."""
    return guarded("public", lambda: None)(view)
