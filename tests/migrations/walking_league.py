"""The League's staff at work, so that none of its tables is empty when it goes."""

from flask import Flask

from app.staff import exporting, queries
from app.staff.exporting import Wanted
from app.staff.scoping import Scope

WANTED = Wanted("volunteers", "志愿者", "/console/league/volunteers/", "年度核对", {"sort": "-applied_at"})


def walk(app: Flask) -> None:
    """A county's registrar asks for a large export, its reviewer agrees."""
    with app.app_context():
        asked = exporting.ask(scope("registrar"), exporting.new_number(), WANTED, 501)
        exporting.decide(scope("east.reviewer"), asked.id, True)


def scope(login: str) -> Scope:
    """Of an account of demo.json."""
    account = queries.by_login(login)
    place = None if account is None else queries.organisation(account.organisation_id)
    assert account is not None
    assert place is not None
    return Scope(account.id, place.id, place.path, place.level, frozenset(queries.roles(account.id)),
                 f"staff:{account.id}")
