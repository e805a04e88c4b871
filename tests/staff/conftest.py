"""A clock that tests may turn, and accounts."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from app.kernel import clock
from app.staff import passwords
from tests.staff.people import QUICK


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed fast, but where hashing itself is tested."""
    if "test_passwords" not in request.module.__name__:
        monkeypatch.setattr(passwords, "HASHER", QUICK)


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
