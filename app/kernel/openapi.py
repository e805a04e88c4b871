"""OpenAPI 3.1 of all JSON doors, with problem bodies documented for what each route refuses."""

from collections.abc import Callable
from typing import Any

from app.kernel.errors import Refusal

View = Callable[..., Any]


def refuses(*kinds: type[Refusal]) -> Callable[[View], View]:
    """Name the refusals of a route, for its documentation."""

    def mark(view: View) -> View:
        view.refuses = (*getattr(view, "refuses", ()), *kinds)  # type: ignore[attr-defined]
        return view

    return mark
