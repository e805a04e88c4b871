"""Every route names its guard; a test fails where one doesn't."""

import functools
from collections.abc import Callable, Iterable
from typing import Any

View = Callable[..., Any]
Told = tuple[int, str]  # the status and the code of a refusal, as the caller reads them


def guarded(name: str, check: Callable[[], None], *, refuses: Iterable[Any] = (),
            told: Callable[[Iterable[Told]], Iterable[Told]] = iter) -> Callable[[View], View]:
    """A guard: `check` runs before the view and refuses by raising; the route carries the guard's name.

    For the contract: `refuses` are the guard's own refusals, `told` turns all of the route's refusals into what its
    callers read, where they are answered in a form of their own.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            check()
            return view(*args, **kwargs)

        return marked(checked, name, refuses, told)

    return wrap


def marked(checked: Any, name: str, refuses: Iterable[Any] = (),
           told: Callable[[Iterable[Told]], Iterable[Told]] = iter) -> View:
    """Write the guard's name, and what the contract says of it, onto a view that it guards."""
    checked.guard, checked.told = name, told
    checked.refuses = (*getattr(checked, "refuses", ()), *refuses)
    return checked  # type: ignore[no-any-return]


def public(view: View) -> View:
    """Anybody may call this."""
    return guarded("public", lambda: None)(view)
