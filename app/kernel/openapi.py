"""OpenAPI 3.1 of all doors, true to the code: who may call, what is taken, and every refusal of each route by code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from flask import Flask
from flask_smorest import Api
from werkzeug.routing import Rule

from app.kernel.errors import HTTP_WORDS, Invalid, Malformed, NotFound, Refusal, Unavailable
from app.kernel.idempotency import KeyMalformed, KeyReused, StillRunning
from app.kernel.shapes import HEADERS, PARAMETERS, SCHEMAS, SECURITY, SETTINGS, SHAPES

__all__ = ["SETTINGS", "Contract", "finish", "refuses"]
View = Callable[..., Any]
WAITS = {409, 429, 503}  # statuses that may carry Retry-After
_KERNELS: tuple[type[Refusal], ...] = (Unavailable, NotFound, Invalid, Malformed)


class Contract(Api):
    """smorest's Api without its error handlers: ours answer (app/kernel/errors.py)."""

    def _register_error_handlers(self) -> None:
        """Ours are installed by the factory."""


def refuses(*kinds: type[Refusal]) -> Callable[[View], View]:
    """Name the refusals of a route, for its documentation."""

    def mark(view: View) -> View:
        view.refuses = (*getattr(view, "refuses", ()), *kinds)  # type: ignore[attr-defined]
        return view

    return mark


def finish(app: Flask, api: Api) -> None:
    """Once all doors are registered: what smorest can't know of, for every operation."""
    spec = api.spec
    spec.components.responses.clear()  # smorest's own, in its own shape
    for unused in ("Error", "PaginationMetadata"):
        spec.components.schemas.pop(unused, None)
    spec.components.schemas.update(SCHEMAS)
    spec.components.parameters.update(PARAMETERS)
    spec.components.headers.update(HEADERS)
    for name, scheme in dict(SECURITY.values()).items():
        spec.components.security_scheme(name, scheme)
    for rule in app.url_map.iter_rules():
        operations = spec._paths.get(re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule))
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}:
            operation = (operations or {}).get(method.lower())
            if operations and operation is not None:
                _in_path(operation, operations, api.flask_plugin.rule_to_params(rule))
                _describe(operation, rule, app.view_functions[rule.endpoint], spec.components.schemas)
    for patterned in _with_pattern([spec._paths, spec.components.schemas]):
        patterned["pattern"] = re.sub(r"\\Z$", "$", patterned["pattern"])  # Python's end of text in ECMA 262's words


def _describe(operation: dict[str, Any], rule: Rule, view: View, schemas: dict[str, Any]) -> None:
    guard = getattr(view, "guard", "public")
    operation["operationId"] = rule.endpoint.replace(".", "_")
    operation["summary"] = operation.get("summary", rule.endpoint).rstrip(".")
    operation.setdefault("description", operation["summary"])
    operation["security"] = [{SECURITY[guard][0]: []}] if guard in SECURITY else []
    _take(operation, view, schemas)
    responses = operation["responses"]
    for smorests in {"default", "422", 422} & set(responses):
        del responses[smorests]
    shape = SHAPES.get(guard, SHAPES["public"])
    for status, codes in _codes(operation, rule, view).items():
        responses[str(status)] = _refusal(status, sorted(codes), *shape)
        if shape == SHAPES["public"]:
            responses[str(status)]["content"][shape[1]]["examples"] = _examples(status, sorted(codes), view)
    for status in list(responses):
        _headed(responses[status], int(status))
    operation["responses"] = dict(sorted(responses.items(), key=lambda told: int(told[0])))


def _in_path(operation: dict[str, Any], operations: dict[str, Any], own: list[dict[str, Any]]) -> None:
    """Where two rules share an address, the path tells the parameters of one; the other's stand at its operation."""
    operation["parameters"] = [told for told in own if told not in operations.get("parameters", [])] + operation.get(
        "parameters", [])


def _take(operation: dict[str, Any], view: View, schemas: dict[str, Any]) -> None:
    """Headers that any call may carry; a body without a required member may be left out."""
    parameters = operation.setdefault("parameters", [])
    names = ["RequestId", "Language"] + (["IdempotencyKey"] if _idempotent(view) else [])
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name in names]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        name = content["schema"].get("$ref", "").rsplit("/", 1)[-1]
        operation["requestBody"]["required"] = bool(schemas.get(name, content["schema"]).get("required"))


def _codes(operation: dict[str, Any], rule: Rule, view: View) -> dict[int, set[str]]:
    """By status, all codes with which this route says no, in its callers' words."""
    told = getattr(view, "told", iter)
    codes: dict[int, set[str]] = {}
    for status, code in told([*_common(operation, rule, view), *((no.status, no.code) for no in _named(view))]):
        codes.setdefault(status, set()).add(code)
    return codes


def _named(view: View) -> tuple[type[Refusal], ...]:
    own = getattr(view, "refuses", ())
    return (*own, KeyMalformed, KeyReused, StillRunning) if _idempotent(view) else own


def _common(operation: dict[str, Any], rule: Rule, view: View) -> Iterator[tuple[int, str]]:
    """What the kernel itself refuses, before and after any view; none of it where a view wrote its answers by hand."""
    if "manual_doc" in getattr(view, "_apidoc", {}) and "response" not in view._apidoc:  # type: ignore[attr-defined]
        return
    asks = any(part.get("in") == "query" for part in operation["parameters"])
    body = operation.get("requestBody", {}).get("content", {})
    yield Unavailable.status, Unavailable.code
    if rule.arguments:
        yield NotFound.status, NotFound.code
    if body or asks:
        yield Invalid.status, Invalid.code
    if "application/json" in body:
        yield Malformed.status, Malformed.code
    if body:
        yield 415, HTTP_WORDS[415][0]
    if body or _idempotent(view):
        yield 413, HTTP_WORDS[413][0]


def _idempotent(view: View) -> bool:
    return bool(getattr(view, "idempotent", False))


def _refusal(status: int, codes: list[str], schema: str, kind: str) -> dict[str, Any]:
    shape = {"allOf": [{"$ref": f"#/components/schemas/{schema}"}, {"properties": {"code": {"enum": codes}}}]}
    return {"description": f"{HTTPStatus(status).phrase}: {', '.join(codes)}", "content": {kind: {"schema": shape}}}


def _examples(status: int, codes: list[str], view: View) -> dict[str, Any]:
    """Each refusal as it is told, in Chinese."""
    words = {code: zh for code, zh, _ in HTTP_WORDS.values()} | {no.code: no.detail for no in _KERNELS + _named(view)}
    return {code: {"value": {
        "type": f"urn:xinyi:problem:{code.lower()}", "title": HTTPStatus(status).phrase, "status": status,
        "detail": words[code], "code": code, "request_id": "5c1f0f2e-7d0f-4f57-9d0c-3f6c0a1b2c3d"}} for code in codes}


def _headed(response: dict[str, Any], status: int) -> None:
    names = ["X-Request-Id"] + (["Retry-After"] if status in WAITS else [])
    response.setdefault("headers", {}).update({name: {"$ref": f"#/components/headers/{name}"} for name in names})


def _with_pattern(part: Any) -> Iterator[dict[str, Any]]:
    """Every schema with a pattern, however deep."""
    if isinstance(part, dict):
        if isinstance(part.get("pattern"), str):
            yield part
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from _with_pattern(inner)
