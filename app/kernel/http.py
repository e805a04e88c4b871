"""HTTP habits of every door: request ids, strict bodies, paging, safe headers."""

import base64
import binascii
import re
import time
import uuid
from typing import Any, ClassVar

import structlog
from flask import Flask, Request, Response, g, request
from flask.json.provider import JSONProvider
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, validate
from prometheus_client import Counter, Histogram
from sqlalchemy import Select, tuple_
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import UnsupportedMediaType

from app.kernel import jsons
from app.kernel.db import session
from app.kernel.errors import Invalid, Malformed, NotFound
from app.kernel.fields import Whole

log = structlog.get_logger()
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# an identity number or a mobile number that stands alone, as in no UUID and no hex
PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{5}[0-9Xx]"
                      r"|1[3-9][0-9]{9})(?![0-9A-Za-z])")
FRAMED = re.compile(r"frame-ancestors (?!'none')")
REQUESTS = Counter("xinyi_http_requests_total", "Answers given", ["endpoint", "method", "status"])
SECONDS = Histogram("xinyi_http_seconds", "Time to answer", ["endpoint"],
                    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10))
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-store",
}


class StrictParser(FlaskParser):
    """webargs that refuses unknown fields, other content types, and JSON that isn't proper."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "json": RAISE, "query": RAISE,  # noqa: RUF012
                                   "multipart": RAISE}
    __location_map__ = {**FlaskParser.__location_map__, "multipart": "load_multipart"}  # noqa: RUF012

    def load_json(self, req: Request, schema: Schema) -> Any:
        return read_json(req)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        return _once(req.args, "query")

    def load_multipart(self, req: Request, schema: Schema) -> Any:
        """An uploaded form: its texts and its files together. Raises 415 for another type."""
        if req.mimetype != "multipart/form-data":
            raise UnsupportedMediaType
        return {**_once(req.form, "multipart"), **_once(req.files, "multipart")}


def _once(given: MultiDict[str, Any], place: str) -> dict[str, Any]:
    """Each name once, and no text that PostgreSQL can't keep or that wasn't UTF-8."""
    for name, values in given.lists():
        if len(values) > 1:
            raise Invalid(errors={place: {name: ["重复出现。"]}})
        if any("\x00" in text or "\ufffd" in text for text in (name, *values) if isinstance(text, str)):
            raise Invalid(errors={place: {name: ["含有不能接受的字符。"]}})
    return given.to_dict()


def read_json(req: Request) -> Any:
    """The body as strict JSON; {} where there is none. Raises Malformed, or 415 for another type."""
    raw = req.get_data(cache=True)
    if not raw:
        return {}
    if req.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        return jsons.loads(raw)
    except jsons.NotJson:
        raise Malformed from None


class Json(JSONProvider):
    """Answers as compact UTF-8; Chinese stays readable on the wire."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return jsons.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return jsons.loads(s.encode() if isinstance(s, str) else s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        return Response(jsons.dumps(self._prepare_response_obj(args, kwargs)), content_type="application/json")


class Door(Blueprint):
    """A smorest blueprint with the strict parser; all JSON doors are made of it."""

    ARGUMENTS_PARSER = StrictParser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING: ClassVar[dict[str, str]] = {
        "json": "application/json", "multipart": "multipart/form-data"}

    def arguments(self, schema: Any, **more: Any) -> Any:
        """As smorest's; of a class it would make a new schema for each request."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **more)


class Strict(Schema):
    """Base of every schema that reads from outside; unknown fields are refused (and documented so)."""

    class Meta:
        unknown = RAISE


class PageArgs(Strict):
    """?cursor=&limit= ; `limit` 1 to 100, 20 where it isn't given."""

    cursor = fields.String(validate=validate.Regexp(r"^[A-Za-z0-9_-]{1,200}\Z"),
                           metadata={"description": "`next_cursor` of the page before"})
    limit = Whole(load_default=20, validate=validate.Range(1, 100))


def page(query: Select[Any], keys: tuple[Any, ...], args: dict[str, Any]) -> tuple[list[Any], str | None]:
    """One page, newest first, by keyset over `keys` (columns, the last one unique).

    Returns the rows and the next cursor (None at the end). Raises Invalid for a forged cursor.
    """
    limit = args["limit"]
    if args.get("cursor"):
        query = query.where(tuple_(*keys) < opened(args["cursor"], keys))
    rows = list(session().scalars(query.order_by(*[key.desc() for key in keys]).limit(limit + 1)))
    if len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    return rows, cursor_of([getattr(rows[-1], key.key) for key in keys])


def cursor_of(values: list[Any]) -> str:
    """Where a page ends, as text for its reader to bring back."""
    text = jsons.dumps([value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values])
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def opened(cursor: str, keys: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values of `keys` that `cursor_of` wrote. Raises Invalid for what it didn't write."""
    try:
        values = jsons.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(keys):
            raise ValueError("another shape")
        return tuple(_typed(key, value) for key, value in zip(keys, values, strict=True))
    except (ValueError, binascii.Error, TypeError):
        raise Invalid(errors={"query": {"cursor": ["不是有效的翻页标记，请从第一页重新开始。"]}}) from None


def _typed(key: Any, value: Any) -> Any:
    kind = key.type.python_type
    if not isinstance(value, str):
        raise ValueError("cursor parts are texts")
    if kind is uuid.UUID:
        return uuid.UUID(value)
    if kind is int:
        if not re.fullmatch(r"[0-9]{1,18}", value):
            raise ValueError("not a number")
        return int(value)
    return kind.fromisoformat(value) if hasattr(kind, "fromisoformat") else value


def install(app: Flask, body_limit: int) -> None:
    """Request id in and out, bounded bodies, safe headers on every answer, one log line and one metric each.

    `body_limit`: bytes of any body but an uploaded form's, which MAX_CONTENT_LENGTH bounds.
    """

    @app.before_request
    def _begin() -> None:
        if request.mimetype != "multipart/form-data":
            request.max_content_length = body_limit
        given = request.headers.get("X-Request-Id", "")
        taken = REQUEST_ID.fullmatch(given) and not PERSONAL.search(given)  # it is told back, and logged
        g.request_id = given if taken else str(uuid.uuid4())
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        if "\x00" in request.path:
            raise NotFound  # no address of ours has it, and PostgreSQL can't even look for it

    @app.after_request
    def _end(answer: Response) -> Response:
        answer.headers.setdefault("X-Request-Id", g.get("request_id", ""))  # the platform's is always echoed
        there = {name.lower() for name, _ in answer.headers}
        if FRAMED.search(answer.headers.get("Content-Security-Policy", "")):
            there.add("x-frame-options")  # it can only say "nobody"; who may frame this page, its own policy says
        answer.headers.extend({name: value for name, value in SAFE.items() if name.lower() not in there})
        endpoint = request.endpoint or "none"
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        REQUESTS.labels(endpoint, request.method if endpoint != "none" else "-", answer.status_code).inc()
        SECONDS.labels(endpoint).observe(seconds)
        # the route's pattern, never the address: addresses may carry ids
        log.info("answered", method=request.method, route=str(request.url_rule or "-"),
                 status=answer.status_code, ms=round(seconds * 1000, 1))
        return answer

    app.json = Json(app)
