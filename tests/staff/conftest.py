"""A clock that tests may turn, and accounts."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from app.kernel import clock


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`later(minutes=5)`: it is so much later than really, from now on."""
    moved = timedelta()
    real = clock.now

    def move(**by: int) -> None:
        nonlocal moved
        moved += timedelta(**by)

    def moment() -> datetime:
        return real() + moved

    monkeypatch.setattr(clock, "now", moment)
    return move
