"""The ways of saying no: one class each, answered once as RFC 9457 problem+json."""

from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException, UnprocessableEntity

from app.kernel import jsons, messages

log = structlog.get_logger()


class Refusal(Exception):
    """A named no. Subclasses give `code`, `status`, `detail` (Chinese, what to do next), `detail_en`.

    `extra` are further members of the problem body; never identity data.
    """

    code: ClassVar[str] = "REFUSED"
    status: ClassVar[int] = 400
    detail: ClassVar[str] = "请求未被接受，请检查后重试。"
    detail_en: ClassVar[str] = "The request was refused; check it and try again."
    next: ClassVar[str | None] = None
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, *, errors: dict[str, Any] | None = None, retry_after: int | None = None,
                 **extra: Any) -> None:
        self.errors, self.retry_after, self.extra = errors, retry_after, extra
        super().__init__(self.code)


class Invalid(Refusal):
    code, status = "VALIDATION_FAILED", 422
    detail = "提交的内容有误，请按提示修改后再试。"
    detail_en = "Some fields are wrong; see `errors`."


class Malformed(Refusal):
    code, status = "MALFORMED_JSON", 400
    detail = "请求正文不是规范的 JSON，请检查后再试。"
    detail_en = "The body is not proper JSON."


class NotFound(Refusal):
    code, status = "NOT_FOUND", 404
    detail = "没有找到，可能已被移除或地址有误。"
    detail_en = "There is no such thing."


class TooMany(Refusal):
    code, status = "RATE_LIMITED", 429
    detail = "操作过于频繁，请稍后再试。"
    detail_en = "Too many requests; try again later."


class Unavailable(Refusal):
    code, status = "SERVICE_UNAVAILABLE", 503
    detail = "服务暂时繁忙，请稍后再试。"
    detail_en = "Temporarily unavailable; try again later."


HTTP_WORDS = {
    400: ("BAD_REQUEST", "请求格式有误，请检查后再试。", "The request is malformed."),
    401: ("UNAUTHENTICATED", "请先登录。", "Log in first."),
    403: ("FORBIDDEN", "没有权限进行此操作。", "Not allowed."),
    404: ("NOT_FOUND", NotFound.detail, NotFound.detail_en),
    405: ("METHOD_NOT_ALLOWED", "不支持这种请求方式。", "This method is not allowed here."),
    406: ("NOT_ACCEPTABLE", "无法以所要求的格式回答。", "Not acceptable."),
    413: ("BODY_TOO_LARGE", "提交的内容过大，请缩减后再试。", "The body is too large."),
    414: ("URI_TOO_LONG", "地址过长。", "The address is too long."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "不支持这种内容类型，请按接口文档提交（一般为 application/json）。",
          "Send the content type that the contract names (mostly application/json)."),
    422: (Invalid.code, Invalid.detail, Invalid.detail_en),
    429: (TooMany.code, TooMany.detail, TooMany.detail_en),
    500: ("INTERNAL_ERROR", "服务出了问题，我们已记录；请稍后再试。", "Something broke on our side."),
    503: (Unavailable.code, Unavailable.detail, Unavailable.detail_en),
}


def english() -> bool:
    return request.accept_languages.best_match(["zh", "en"], default="zh") == "en"


def problem(status: int, code: str, detail: str, **members: Any) -> Response:
    """An RFC 9457 body: {type, title, status, detail, code, request_id, errors?, next?, …}."""
    body = {"type": f"urn:xinyi:problem:{code.lower()}", "title": HTTPStatus(status).phrase, "status": status,
            "detail": detail, "code": code, "request_id": g.get("request_id", ""),
            **{name: value for name, value in members.items() if value is not None}}
    return Response(jsons.dumps(body), status=status, content_type="application/problem+json")


def refusal_answer(no: Refusal) -> Response:
    answer = problem(no.status, no.code, no.detail_en if english() else no.detail, errors=_told(no.errors),
                     next=no.next, **no.extra)
    answer.headers.update(no.headers)
    if no.retry_after is not None:
        answer.headers["Retry-After"] = str(no.retry_after)
    return answer


def http_answer(wrong: HTTPException) -> ResponseReturnValue:
    status = wrong.code or 500
    if wrong.response is not None or status < 400:
        return wrong
    code, zh, en = HTTP_WORDS.get(status, (HTTPStatus(status).name, "请求未被接受。", "Refused."))
    errors = None
    if isinstance(wrong, UnprocessableEntity):  # webargs hangs its messages on the exception
        errors = getattr(wrong, "data", {}).get("messages")
    answer = problem(status, code, en if english() else zh, errors=_told(errors))
    for name, value in wrong.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _told(errors: Any) -> Any:
    return messages.told(errors, english=english())


def install(app: Flask) -> None:
    """One handler for each kind of no; a cause we don't know is logged with its trace and told as 500."""

    @app.errorhandler(Refusal)
    def _refusal(no: Refusal) -> Response:
        return refusal_answer(no)

    @app.errorhandler(ValidationError)
    def _invalid(wrong: ValidationError) -> Response:
        return refusal_answer(Invalid(errors=wrong.normalized_messages()))

    @app.errorhandler(HTTPException)
    def _http(wrong: HTTPException) -> ResponseReturnValue:
        return http_answer(wrong)

    @app.errorhandler(OperationalError)
    def _database_away(wrong: OperationalError) -> Response:
        log.error("database_away", kind=type(wrong.orig).__name__)
        return refusal_answer(Unavailable(retry_after=5))

    @app.errorhandler(DBAPIError)
    def _database(wrong: DBAPIError) -> Response:
        # the driver's message quotes values: only its kind and its constraint are logged
        diag = getattr(wrong.orig, "diag", None)
        log.error("database_error", kind=type(wrong.orig).__name__,
                  constraint=getattr(diag, "constraint_name", None), statement=(wrong.statement or "")[:200])
        return problem(500, *_words(500))

    @app.errorhandler(Exception)
    def _unknown(wrong: Exception) -> Response:
        log.error("unhandled", kind=type(wrong).__name__, where=where(wrong))
        return problem(500, *_words(500))


def _words(status: int) -> tuple[str, str]:
    code, zh, en = HTTP_WORDS[status]
    return code, en if english() else zh


def where(wrong: BaseException) -> list[str]:
    """File and line of each step, without the message: messages may quote what people typed."""
    steps, trace = [], wrong.__traceback__
    while trace is not None:
        steps.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 3)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return steps[-12:]
