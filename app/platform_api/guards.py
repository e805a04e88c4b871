"""Who may pass: the provincial platform, by its signature. Every answer is signed, refusals too."""

import functools
from collections.abc import Callable
from typing import Any

import structlog
from flask import Response, g, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import RequestEntityTooLarge

from app.credit.errors import EventRefused
from app.gateways.access import platform_door
from app.gateways.platform.push import REFUSALS, Answered, Refused
from app.kernel import jsons
from app.kernel.errors import where
from app.kernel.guarding import marked

log = structlog.get_logger()
OURS = "/platform/v1/"


def platform_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Sets g.push. The view returns what `platform_door().accept` made; what it refuses is answered signed."""

    @functools.wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Response:
        door = platform_door()
        try:
            g.push = door.read(request.method, _target(), list(request.headers.items()), _body())
        except Refused as no:
            log.warning("push_refused", code=no.code)
            return _response(door.refusal(no))
        try:
            return _response(view(*args, **kwargs))
        except EventRefused as no:
            log.warning("event_refused", code=no.code, event_id=g.push.event["event_id"])
            return _response(door.refuse(g.push, no.code))
        except OperationalError as away:
            log.error("database_away", kind=type(away.orig).__name__)
            return _response(door.refuse(g.push, "INTERNAL"))
        except Exception as wrong:  # a fault of ours: every answer is signed, and the platform comes again
            log.error("unhandled", kind=type(wrong).__name__, where=where(wrong))
            return _response(door.refuse(g.push, "INTERNAL"))

    return marked(checked, "platform", told=_refusals)


def nowhere() -> Response | None:
    """Before every request: what isn't there is told to the platform signed, as all else; others hear our own 404."""
    if request.routing_exception is None or not request.path.startswith(OURS) or "X-Suite" not in request.headers:
        return None
    answered = platform_door().nowhere(request.method, _target(), list(request.headers.items()), _body())
    log.warning("push_refused", code=jsons.loads(answered[2])["code"])
    return _response(answered)


def _refusals(_: object) -> list[tuple[int, str]]:
    """For the contract: the push's own refusals and no other."""
    return [(status, code) for code, (status, _) in REFUSALS.items()]


def _target() -> str:
    """As on the request line: our path is plain ASCII, the query is passed on as it came."""
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path


def _body() -> bytes | None:
    """None where it is larger than any body may be: the platform hears that from us signed, as all else."""
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        return None


def _response(answered: Answered) -> Response:
    status, headers, body = answered
    return Response(body, status=status, headers=headers)
