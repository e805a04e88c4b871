"""Who may pass: the bearer of a live access token, and a verified one."""

import re
from collections.abc import Callable
from typing import Any

import structlog
from flask import g, request

from app.identity import queries, tokens
from app.identity.errors import IdentityRequired, TokenExpired, Unauthenticated
from app.kernel.guarding import guarded
from app.kernel.sealing import keyring

BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9._-]+)")


def _citizen() -> None:
    """Sets g.citizen, g.owner ("citizen:<id>") and g.family_id. Raises Unauthenticated, TokenExpired."""
    given = request.headers.getlist("Authorization")
    found = BEARER.fullmatch(given[0]) if len(given) == 1 else None
    if found is None:
        raise Unauthenticated
    told = tokens.read(keyring().tokens, found.group(1))
    citizen = queries.of_session(told.citizen_id, told.family_id)
    if citizen is None:
        raise Unauthenticated
    g.citizen, g.owner, g.family_id = citizen, citizen.owner, told.family_id
    structlog.contextvars.bind_contextvars(citizen=str(citizen.id))


def _verified() -> None:
    _citizen()
    if not g.citizen.verified:
        raise IdentityRequired


citizen_required: Callable[[Callable[..., Any]], Callable[..., Any]] = guarded(
    "citizen", _citizen, refuses=(Unauthenticated, TokenExpired))
verified_required: Callable[[Callable[..., Any]], Callable[..., Any]] = guarded(
    "verified", _verified, refuses=(Unauthenticated, TokenExpired, IdentityRequired))
