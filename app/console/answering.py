"""How the console answers: pages, words for the next page, files, and every no as a page in Chinese."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from app.console import access, guards
from app.console.nav import Nav, entries
from app.console.tables import Table, plain
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.errors import HTTP_WORDS, Invalid, Refusal, Unavailable, where
from app.kernel.settings import settings
from app.staff import sessions
from app.staff.errors import LoginNeeded, StepUpNeeded
from app.staff.telling import tell

log = structlog.get_logger()
STATIC = Path(__file__).parents[1] / "static"
POLICY = ("default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
          "frame-ancestors 'none'; form-action 'self'")
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin",  # no-referrer would make Origin null
           "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
           "Cross-Origin-Resource-Policy": "same-origin", "X-Robots-Tag": "noindex"}
EXPORTERS: dict[str, Callable[[Table, str], Response]] = {}  # by realm, where an export isn't simply given
TITLES = {401: "请先登录", 403: "没有权限", 404: "没有找到", 419: "页面已过期", 429: "请稍后再试", 500: "服务出了问题",
          503: "服务暂时繁忙"}


class Pages(Blueprint):
    """The pages of one matter: `Pages("operations", "feedback", nav=Nav(…))` stands at /console/operations/feedback.

    Its endpoints are `console_operations_feedback.<view>`. Forms are checked, headers set, and refusals shown here.
    `upload` names the setting of how many bytes an uploaded form may have here, where it isn't UPLOAD_LIMIT_BYTES.
    """

    def __init__(self, realm: str, matter: str = "", *, nav: Nav | None = None, upload: str = "") -> None:
        name = "_".join(part for part in ("console", realm, matter) if part)
        path = "/".join(part for part in ("/console", realm, matter) if part)
        super().__init__(name, __name__, url_prefix=path)
        self.realm, self.nav = realm, nav
        if upload:
            self.before_request(lambda: _make_room(upload))
        self.before_request(access.check_form)
        self.after_request(_finish)
        self.register_error_handler(Refusal, _refused)
        self.register_error_handler(ValidationError, lambda wrong: _refused(Invalid()))
        self.register_error_handler(HTTPException, _http)
        self.register_error_handler(OperationalError, _database_away)
        self.register_error_handler(Exception, _unknown)


def page(template: str, status: int = 200, **told: Any) -> Response:
    """A page of app/templates/console; it knows `account`, `nav`, `asset`, `form_token`, `notices`, `plain`."""
    who = guards.signed_in()
    whole = who is not None and who.stage == "full"
    nav = entries(who, current_app.blueprints.values(), request.blueprint) if who is not None and whole else []
    words = {"account": who if whole else None, "nav": nav, "asset": asset, "form_token": access.form_token,
             "notices": _notices if whole else list, "plain": plain, "here": request.path}
    return Response(render_template(f"console/{template}", **words, **told), status,
                    content_type="text/html; charset=utf-8")


def listing(table: Table, template: str = "table.html", *, title: str, **told: Any) -> Response:
    """A page with a table: GET shows it as its filters ask, POST of its export form gives the CSV, and is written to
    the trail with its purpose.
    """
    if request.method == "POST" and table.export is not None:
        purpose = request.form.get("purpose", "")
        if table.export.purposes and purpose not in table.export.purposes:
            raise Invalid(errors={"form": {"purpose": ["请从给出的选项中选择。"]}})
        return EXPORTERS.get(g.account.realm, _exported)(table, purpose)
    return page(template, title=title, table=table.shown(request.args), **told)


def _exported(table: Table, purpose: str) -> Response:
    content, rows = table.csv(request.form)
    name = table.export.name if table.export else ""
    with transaction():
        tell("staff.exported", g.account.id, actor=g.account.actor, purpose=f"{name} · {purpose or '导出'} · {rows}")
    return attachment(content, f"{name}-{clock.today():%Y%m%d}.csv")


def notice(text: str, kind: str = "success", undo: str | None = None) -> None:
    """A word on the next page of this session: success, info, warning or danger; `undo` is what to POST to take it
    back.
    """
    sessions.notice(g.account.session_id, {"text": text, "kind": kind, "undo": undo})


def confirm(title: str, text: str, *, back: str, act: str = "确定", danger: bool = True,
            facts: Mapping[str, Any] | None = None, form: Any = None) -> Response:
    """The page that asks before something is done, and POSTs to its own address; a dialog where there is JavaScript
    (`<a data-dialog>`). `form` asks for more, e.g. a reason.
    """
    return page("confirm.html", form.status if form else 200, title=title, text=text, back=back, act=act,
                danger=danger, facts=facts or {}, form=form)


def given() -> MultiDict[str, Any]:
    """What a form sent: its texts and its files together."""
    return MultiDict([*request.form.items(multi=True), *request.files.items(multi=True)])


def attachment(content: bytes, name: str, kind: str = "text/csv; charset=utf-8") -> Response:
    """A file to be kept; its name may be Chinese."""
    held = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(content, content_type=kind, headers={"Content-Disposition": held})


def to(endpoint: str, **values: Any) -> Response:
    """See another page, by GET."""
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[return-value]


@cache
def asset(name: str) -> str:
    """The address of a file of ours or of a library, which changes with its content; empty where it wasn't brought."""
    own = STATIC / "console" / name
    if own.exists():
        return f"/static/console/{name}?v={sha256(own.read_bytes()).hexdigest()[:16]}"
    manifest = STATIC / "vendor" / "manifest.json"
    known = json.loads(manifest.read_text("utf-8")) if manifest.exists() else {}
    return f"/static/vendor/{known[name]}" if name in known else ""


def _make_room(upload: str) -> None:
    """For who is logged in only: nobody else has anything to send here."""
    if request.mimetype == "multipart/form-data" and guards.signed_in() is not None:
        request.max_content_length = getattr(settings(), upload) + 65_536


def _notices() -> list[dict[str, Any]]:
    return sessions.notices(guards.signed_in().session_id)  # type: ignore[union-attr]


def _finish(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if settings().production:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return access.keep(answer)


def _refused(no: Refusal) -> ResponseReturnValue:
    """Who isn't logged in goes there first and comes back; all else is told."""
    if isinstance(no, LoginNeeded) and request.method == "GET":
        return to("console.login", next=access.local(request.full_path.rstrip("?"), "/console/"))
    if isinstance(no, StepUpNeeded):
        return to("console_account.step_up", next=access.local(request.path, "/console/"))
    answer = problem(no.status, no.detail, no.code)
    if no.retry_after is not None:
        answer.headers["Retry-After"] = str(no.retry_after)
    return answer


def problem(status: int, detail: str, code: str) -> Response:
    """A no as a page."""
    title = TITLES.get(status, "未能完成")
    return page("problem.html", status, title=title, status_code=status, detail=detail, code=code,
                request_id=g.get("request_id", ""))


def _http(wrong: HTTPException) -> ResponseReturnValue:
    status = wrong.code or 500
    if wrong.response is not None or status < 400:
        return wrong
    code, words, _ = HTTP_WORDS.get(status, ("REFUSED", "请求未被接受。", ""))
    return problem(status, words, code)


def _database_away(wrong: OperationalError) -> ResponseReturnValue:
    log.error("database_away", kind=type(wrong.orig).__name__)
    return _bare(503, Unavailable.detail)


def _unknown(wrong: Exception) -> ResponseReturnValue:
    """What broke may have left the session unfit for reading: the page that says so asks the database nothing."""
    constraint = getattr(getattr(wrong.orig, "diag", None), "constraint_name", None) \
        if isinstance(wrong, DBAPIError) else None
    log.error("unhandled", kind=type(wrong).__name__, where=where(wrong), constraint=constraint)
    if isinstance(wrong, SQLAlchemyError):
        session().rollback()
    return _bare(500, HTTP_WORDS[500][1])


def _bare(status: int, detail: str) -> Response:
    words = {"title": TITLES[status], "status_code": status, "detail": detail, "code": HTTP_WORDS[status][0],
             "request_id": g.get("request_id", ""), "asset": asset, "account": None, "nav": [], "notices": list,
             "form_token": access.form_token, "plain": plain, "here": request.path}
    return Response(render_template("console/problem.html", **words), status,
                    content_type="text/html; charset=utf-8")


