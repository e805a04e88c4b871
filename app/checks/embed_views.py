"""The widget's doors: a script for the host's page, a page of our own origin in a frame, and what that page asks."""

from pathlib import Path
from typing import Any

from flask import Response, g, render_template
from flask.typing import ResponseReturnValue

from app.checks import origins, reading, recording, schemas
from app.checks.errors import CheckNotFound, CheckWaiting, IncentiveNotAnswered, ResponseRecorded
from app.checks.guards import widget_required
from app.checks.recording import Response as Said
from app.kernel.guarding import public
from app.kernel.http import Door
from app.kernel.openapi import refuses
from app.merchants import queries as merchants

door = Door("embed", __name__, url_prefix="/embed/v1", description="The widget in a public body's approval system")
SCRIPT = (Path(__file__).parents[1] / "static" / "embed" / "check.js").read_bytes()
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors {}")


@door.get("/check.js")
@public
@door.doc(summary="The script that a host's page includes", responses={
    200: {"description": "JavaScript", "content": {"text/javascript": {"schema": {"type": "string"}}}}})
def script() -> ResponseReturnValue:
    return Response(SCRIPT, content_type="text/javascript; charset=utf-8",
                    headers={"Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"})


@door.get("/<mchid>/check")
@public
@door.doc(summary="The widget's page, to be framed by the registered origins of this body", responses={
    200: {"description": "HTML", "content": {"text/html": {"schema": {"type": "string"}}}},
    404: {"description": "No such body", "content": {"application/problem+json": {
        "schema": {"$ref": "#/components/schemas/Problem"}}}}})
def page(mchid: str) -> ResponseReturnValue:
    merchant = merchants.by_mchid(mchid) if mchid.isascii() and mchid.isdigit() and len(mchid) <= 10 else None
    if merchant is None or merchant.kind != "public_body" or merchant.state != "active":
        raise CheckNotFound
    framing = " ".join(origins.of(merchant.id)) or "'none'"
    return Response(render_template("embed_check.html"), content_type="text/html; charset=utf-8",
                    headers={"Content-Security-Policy": POLICY.format(framing)})


@door.get("/checks/current")
@widget_required
@door.response(200, schemas.WidgetOut)
def current() -> dict[str, Any]:
    """How the token's check stands: the QR while it waits, then titles with yes or no"""
    return _shown()


@door.post("/checks/current/response")
@refuses(CheckWaiting, IncentiveNotAnswered, ResponseRecorded)
@widget_required
@door.arguments(schemas.RecordIn)
@door.response(200, schemas.WidgetOut)
def response(told: dict[str, Any]) -> dict[str, Any]:
    """The officer records which incentive was applied, or none; once"""
    g.check = recording.record(g.check.id, Said(told["applied"], told.get("officer"), told.get("note")))
    return _shown()


def _shown() -> dict[str, Any]:
    told = recording.view(g.check)
    return {**told, "qr": reading.qr(g.check) if told["state"] == "waiting" else None}
