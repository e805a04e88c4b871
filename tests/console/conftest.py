"""Visitors of the console, and people who may log in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.staff import passwords
from tests.console.browsing import Visitor
from tests.console.watching import Served
from tests.serving import serving
from tests.staff.people import QUICK, Person, made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed fast; tests/staff/test_passwords.py looks at how they really are."""
    monkeypatch.setattr(passwords, "HASHER", QUICK)
    monkeypatch.setattr(passwords, "NOBODYS", QUICK.hash("nobody has this password"))


@pytest.fixture
def someone(app: Any) -> Callable[..., Person]:
    """`someone("operator")` makes an account."""
    return lambda role, **more: made(app, role, **more)


@pytest.fixture
def visitor(app: Any) -> Callable[..., Visitor]:
    """`visitor()` is a browser of its own; `visitor(person)` is logged in."""

    def make(who: Person | None = None) -> Visitor:
        new = Visitor(app)
        if who is not None:
            new.log_in(who)
        return new

    return make


@pytest.fixture
def served(app: Any) -> Iterator[Served]:
    """The application answers a browser, and is the one that the test's own code works in."""
    with serving(app) as base_url:
        yield Served(base_url)
