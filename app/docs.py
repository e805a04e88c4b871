"""The contract at /openapi.json, and a page of it at /docs: nothing from other hosts."""

import json
from pathlib import Path
from typing import Any

from flask import Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from app.kernel import jsons
from app.kernel.guarding import public
from app.kernel.http import Door

door = Door("docs", __name__, description="The contract")
VENDOR = Path(__file__).parent / "static" / "vendor"
PAGE_POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
               "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


@door.get("/openapi.json")
@public
@door.doc(summary="This contract", responses={200: {"description": "OpenAPI 3.1", "content": {"application/json": {
    "schema": {"type": "object"}}}}})
def openapi() -> ResponseReturnValue:
    api: Any = current_app.extensions["openapi"]
    return Response(jsons.dumps(api.spec.to_dict()), content_type="application/json")


@door.get("/docs")
@public
@door.doc(summary="The contract as a page", responses={
    200: {"description": "HTML", "content": {"text/html": {"schema": {"type": "string"}}}},
    404: {"description": "Its libraries were not brought: `make front-end`", "content": {"application/problem+json": {
        "schema": {"$ref": "#/components/schemas/Problem"}}}}})
def docs() -> ResponseReturnValue:
    manifest = VENDOR / "manifest.json"
    if not manifest.exists():
        abort(404)  # the front-end libraries come with `make front-end`
    page = render_template("docs.html", vendor=json.loads(manifest.read_text(encoding="utf-8")))
    return Response(page, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": PAGE_POLICY})
