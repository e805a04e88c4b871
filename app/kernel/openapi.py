"""OpenAPI 3.1 of all JSON doors, with the problem bodies of what each route refuses."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask
from flask_smorest import Api

from app.kernel.errors import HTTP_WORDS, Invalid, Malformed, NotFound, Refusal, TooMany, Unavailable

View = Callable[..., Any]
SETTINGS = {
    "API_TITLE": "信易+ API", "API_VERSION": "1.0", "OPENAPI_VERSION": "3.1.0",
    "API_SPEC_OPTIONS": {
        "info": {"description": "Incentives for good public credit: the citizen's API, the merchants' signed "
                                "API and the provincial platform's events. Errors are RFC 9457 problem "
                                "bodies with stable codes.",
                 "contact": {"name": "信易+"},
                 "license": {"name": "See the repository", "identifier": "LicenseRef-repository"}},
        "servers": [{"url": "/"}],
    },
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:xinyi:problem:sold_out"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What happened and what to do, in Chinese (English by "
                                                    "Accept-Language: en)."},
        "code": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$", "description": "Stable."},
        "request_id": {"type": "string"},
        "errors": {"type": "object", "description": "What is wrong, by field."},
        "next": {"type": "string", "description": "What one can do."},
    },
}
MERCHANT_ERROR = {
    "type": "object", "required": ["code", "message"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "detail": {"type": "object"}},
}
PLATFORM_ERROR = {
    "type": "object", "required": ["code", "message", "request_id"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "request_id": {"type": "string"},
                   "retry_after_s": {"type": "integer"}},
}
SECURITY = {
    "citizen": ("citizen", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT (ES256)"}),
    "verified": ("citizen", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT (ES256)"}),
    "merchant": ("merchant", {"type": "apiKey", "in": "header", "name": "Authorization",
                              "description": "WECHATPAY2-SHA256-RSA2048 …"}),
    "platform": ("platform", {"type": "apiKey", "in": "header", "name": "X-Signature",
                              "description": "platform.md, section 1"}),
}


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
    """Once all doors are registered: security, operation ids and problem bodies for every operation."""
    spec = api.spec
    for name, schema in (("Problem", PROBLEM), ("MerchantError", MERCHANT_ERROR), ("PlatformError", PLATFORM_ERROR)):
        spec.components.schemas[name] = schema
    spec.components.responses.clear()  # smorest's own, in its own shape
    for name, scheme in dict(SECURITY.values()).items():
        spec.components.security_scheme(name, scheme)
    for rule in app.url_map.iter_rules():
        operations = spec._paths.get(re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule))
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}:
            operation = (operations or {}).get(method.lower())
            if operation is not None:
                _describe(operation, method, rule.endpoint, app.view_functions[rule.endpoint])


def _describe(operation: dict[str, Any], method: str, endpoint: str, view: View) -> None:
    guard = getattr(view, "guard", "public")
    operation["operationId"] = f"{endpoint.replace('.', '_')}_{method.lower()}"
    operation.setdefault("description", operation.get("summary", endpoint))
    operation["security"] = [{SECURITY[guard][0]: []}] if guard in SECURITY else []
    responses = operation["responses"]
    for status in [status for status in responses if status in {"default", "422", 422}]:
        del responses[status]
    shape = {"merchant": "MerchantError", "platform": "PlatformError"}.get(guard, "Problem")
    if shape == "Problem":
        for status, codes in sorted(_codes(operation, guard, view).items()):
            responses[str(status)] = _response(shape, f"{HTTPStatus(status).phrase}: {', '.join(sorted(codes))}")
    else:
        for status in ("400", "401", "404"):
            responses.setdefault(status, _response(shape, HTTPStatus(int(status)).phrase))
    responses["default"] = _response(shape, "Any other refusal")


def _codes(operation: dict[str, Any], guard: str, view: View) -> dict[int, set[str]]:
    codes: dict[int, set[str]] = {}
    common: list[tuple[int, str]] = [(kind.status, kind.code) for kind in (TooMany, Unavailable)]
    if guard in SECURITY:
        common.append((401, HTTP_WORDS[401][0]))
    if guard == "verified":
        common.append((403, "IDENTITY_REQUIRED"))
    if "requestBody" in operation:
        common += [(Malformed.status, Malformed.code), *((status, HTTP_WORDS[status][0]) for status in (413, 415))]
    if "requestBody" in operation or any(part.get("in") == "query" for part in operation.get("parameters", [])):
        common.append((Invalid.status, Invalid.code))
    if any(part.get("in") == "path" for part in operation.get("parameters", [])):
        common.append((NotFound.status, NotFound.code))
    for status, code in [*common, *((kind.status, kind.code) for kind in getattr(view, "refuses", ()))]:
        codes.setdefault(status, set()).add(code)
    return codes


def _response(shape: str, description: str) -> dict[str, Any]:
    kind = "application/problem+json" if shape == "Problem" else "application/json"
    return {"description": description, "content": {kind: {"schema": {"$ref": f"#/components/schemas/{shape}"}}}}
