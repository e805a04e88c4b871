"""How the portal answers: pages for anybody, the same for everybody. It sets no cookie and knows no session."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError, fields, validate
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.console.answering import HEADERS, TITLES, asset
from app.console.tables import plain
from app.kernel.db import session
from app.kernel.errors import HTTP_WORDS, Invalid, Refusal, Unavailable, where
from app.kernel.fields import ascii_id
from app.kernel.http import Strict
from app.kernel.settings import settings

log = structlog.get_logger()
PAGE = 20
MENU = (("portal.index", "首页"), ("portal.scenarios", "信易+ 场景"), ("portal_lists.commitments", "信用承诺"),
        ("portal_lists.nominations", "优秀青年志愿者公示"), ("portal_lists.outstanding", "优秀青年志愿者名单"),
        ("portal_statistics.index", "统计"), ("portal_certificates.check", "证明查验"))
Read = Callable[[dict[str, Any]], tuple[list[Any], str | None]]


class PublicPages(Blueprint):
    """The pages of one matter at /portal/<matter>; each view is marked @public. Forms here change nothing."""

    realm, nav = "portal", None

    def __init__(self, matter: str = "") -> None:
        super().__init__("_".join(part for part in ("portal", matter) if part), __name__,
                         url_prefix="/".join(part for part in ("/portal", matter) if part))
        self.after_request(_finish)
        self.register_error_handler(Refusal, _refused)
        self.register_error_handler(ValidationError, lambda wrong: _refused(Invalid()))
        self.register_error_handler(HTTPException, _http)
        self.register_error_handler(OperationalError, _database_away)
        self.register_error_handler(Exception, _unknown)


class ListArgs(Strict):
    """?region=&cursor= of a public list."""

    region = ascii_id("[1-9][0-9]{5}")
    cursor = fields.String(validate=validate.Regexp(r"^[A-Za-z0-9_-]{1,200}\Z"))


@dataclass(frozen=True)
class Listed:
    """A page of a public list; `more` is the next page's address, `region` what was asked for."""

    rows: list[Any]
    more: str | None
    region: str


def shown(template: str, status: int = 200, **told: Any) -> Response:
    """A page of app/templates/console/portal."""
    words = {"asset": asset, "plain": plain, "menu": MENU, "here": request.path, "endpoint": request.endpoint,
             "form_token": str}
    return Response(render_template(f"console/portal/{template}", **words, **told), status,
                    content_type="text/html; charset=utf-8")


def listed(read: Read) -> Listed:
    """What `read` ({limit, cursor?, region?} → rows, next cursor) gives for this address. Raises Invalid."""
    given = {name: value for name, value in request.args.items() if value}
    try:
        told: dict[str, Any] = ListArgs().load(given)
    except ValidationError:
        raise Invalid from None
    rows, cursor = read({"limit": PAGE, **told})
    kept = {"region": told["region"]} if "region" in told else {}
    more = None if cursor is None else f"{request.path}?{urlencode({**kept, 'cursor': cursor})}"
    return Listed(rows, more, told.get("region", ""))


def _finish(answer: Response) -> Response:
    """Lists may be kept for a minute by whoever stands between; a publicity that ends is gone a minute later."""
    for name, value in HEADERS.items():
        if name != "X-Robots-Tag":
            answer.headers.setdefault(name, value)
    if settings().production:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.method == "GET" and answer.status_code == 200 and request.blueprint != "portal_certificates":
        answer.headers.setdefault("Cache-Control", "public, max-age=60")
    return answer


def _refused(no: Refusal) -> ResponseReturnValue:
    answer = problem(no.status, no.detail, no.code)
    if no.retry_after is not None:
        answer.headers["Retry-After"] = str(no.retry_after)
    return answer


def problem(status: int, detail: str, code: str) -> Response:
    return shown("problem.html", status, title=TITLES.get(status, "未能完成"), status_code=status, detail=detail,
                 code=code, request_id=g.get("request_id", ""))


def _http(wrong: HTTPException) -> ResponseReturnValue:
    status = wrong.code or 500
    if wrong.response is not None or status < 400:
        return wrong
    code, words, _ = HTTP_WORDS.get(status, ("REFUSED", "请求未被接受。", ""))
    return problem(status, words, code)


def _database_away(wrong: OperationalError) -> ResponseReturnValue:
    log.error("database_away", kind=type(wrong.orig).__name__)
    return problem(503, Unavailable.detail, Unavailable.code)


def _unknown(wrong: Exception) -> ResponseReturnValue:
    log.error("unhandled", kind=type(wrong).__name__, where=where(wrong))
    if isinstance(wrong, SQLAlchemyError):
        session().rollback()
    return problem(500, HTTP_WORDS[500][1], HTTP_WORDS[500][0])
