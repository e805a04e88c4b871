"""Who may pass: an account of this realm that holds one of these roles, and for some acts has just proven itself."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from flask import g

from app.console import access
from app.kernel import clock
from app.kernel.errors import NotFound
from app.kernel.guarding import guarded
from app.kernel.settings import settings
from app.staff import queries, sessions
from app.staff.errors import LoginNeeded, RoleMissing, StepUpNeeded
from app.staff.queries import Who
from app.staff.scoping import Scope

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def console_required(realm: str, *roles: str, fresh: bool = False) -> Wrap:
    """Only accounts of `realm` (operations, league, merchant) with one of `roles` (any, where none is named).

    `fresh`: within STAFF_STEP_UP_MINUTES of a proof. Sets g.account (`app.staff.queries.Who`) and g.owner.
    Another realm's pages are as good as absent (404), another role's are refused (403).
    """

    def check() -> None:
        who = _who()
        if who.realm != realm:
            raise NotFound
        if roles and not who.roles & set(roles):
            raise RoleMissing
        if fresh:
            _fresh(who)

    name = f"console:{realm}" + (":" + "|".join(roles) if roles else "")
    return guarded(name, check, refuses=(LoginNeeded, NotFound, RoleMissing, StepUpNeeded))


def own_merchant() -> uuid.UUID:
    """The merchant whose page this is: by the session, never by anything that was sent."""
    return g.account.merchant_id


def own_store() -> uuid.UUID | None:
    """The one store that a clerk sees; None for a manager, who sees all of them."""
    return g.account.store_id


def own_scope() -> Scope:
    """The part of the League's tree that the session's account sees. Raises RoleMissing for who isn't of the League."""
    if "league_scope" not in g:
        g.league_scope = queries.scope(g.account)
    found: Scope = g.league_scope
    return found


def account_required(*, fresh: bool = False) -> Wrap:
    """Any account that is logged in, whatever its realm: for pages about itself."""

    def check() -> None:
        who = _who()
        if fresh:
            _fresh(who)

    return guarded("console", check, refuses=(LoginNeeded, StepUpNeeded))


def half_way(stage: str) -> Wrap:
    """A log-in that still has this to prove: code or enrol."""

    def check() -> None:
        who = signed_in()
        if who is None or who.stage != stage:
            raise LoginNeeded
        _set(who)

    return guarded(f"console:{stage}", check, refuses=(LoginNeeded,))


def signed_in() -> Who | None:
    """Who this browser's session stands for, at whatever stage; None where there is none."""
    if "console_who" not in g:
        found = sessions.of_token(access.token())
        g.console_who = None if found is None else queries.who(*found)
    return g.console_who


def _who() -> Who:
    who = signed_in()
    if who is None or who.stage != "full":
        raise LoginNeeded
    _set(who)
    return who


def _set(who: Who) -> None:
    g.account, g.owner = who, who.actor
    structlog.contextvars.bind_contextvars(account=str(who.id))


def _fresh(who: Who) -> None:
    if who.proven_at < clock.now() - timedelta(minutes=settings().STAFF_STEP_UP_MINUTES):
        raise StepUpNeeded
