"""The console's cookie and its form token, and from where a request has to come that changes something."""

import hashlib
import hmac
import re
import secrets
from urllib.parse import urlsplit

from flask import Response, g, redirect, request

from app.kernel.settings import settings
from app.staff.errors import FormExpired
from app.staff.sessions import Browser

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
FIELD, HEADER = "csrf_token", "X-CSRF-Token"
SAFE = {"GET", "HEAD", "OPTIONS"}


def cookie_name() -> str:
    """Browsers bind `__Host-` to this very host over TLS; without TLS, in development, they refuse it."""
    return "__Host-xinyi" if settings().production else "xinyi"


def token() -> str:
    """This browser's token: of its session, or a fresh one that is nobody's, so that the log-in form has one too."""
    if "console_token" not in g:
        given = request.cookies.get(cookie_name(), "")
        g.console_token = given if TOKEN.fullmatch(given) else secrets.token_urlsafe(32)
        g.console_token_new = g.console_token != given
    return str(g.console_token)


def change_token(new: str | None) -> None:
    """The session's token has changed, or (None) there is no session any more."""
    g.console_token, g.console_token_new = new or secrets.token_urlsafe(32), True


def form_token() -> str:
    """What every form of this browser carries; says nothing of the cookie."""
    return hashlib.sha256(f"form|{token()}".encode()).hexdigest()


def check_form() -> None:
    """A request that changes something comes from a page of ours, made for this browser. Raises FormExpired."""
    if request.method in SAFE:
        return
    origin = request.headers.get("Origin")
    ours = {urlsplit(settings().PUBLIC_BASE_URL).netloc} | (set() if settings().production else {request.host})
    foreign = urlsplit(origin).netloc not in ours if origin is not None else \
        request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if foreign or not hmac.compare_digest(given.encode(), form_token().encode()):
        raise FormExpired


def browser() -> Browser:
    """Where this request comes from."""
    return Browser(request.remote_addr, request.headers.get("User-Agent", "")[:400])


def local(address: str | None, otherwise: str) -> str:
    """An address to go on to: of the console, or `otherwise`."""
    plain = re.fullmatch(r"/console/[A-Za-z0-9_./-]*(?:\?[A-Za-z0-9_.=&%+-]*)?", address or "")
    return address if address and plain and "//" not in address else otherwise


def redirect_to(address: str) -> Response:
    """See a page of ours, by GET."""
    return redirect(address, 303)  # type: ignore[return-value]


def keep(answer: Response) -> Response:
    """Send the cookie where it is new."""
    if g.get("console_token_new"):
        answer.set_cookie(cookie_name(), token(), secure=settings().production, httponly=True, samesite="Lax", path="/")
    return answer
