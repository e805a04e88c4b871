"""The public bodies' doors to embedded checks: ask, see, record what was done."""

from typing import Any

from flask import g

from app.benefits.errors import ContentDiffers, NotAPublicBody
from app.checks import asking, codes, reading, recording
from app.checks.errors import (
    CheckNotFound,
    CheckWaiting,
    IncentiveNotAnswered,
    NothingToCheck,
    ResponseRecorded,
)
from app.checks.recording import Response
from app.kernel.beats import on_the_beat
from app.kernel.errors import TooMany
from app.kernel.http import Door
from app.kernel.openapi import refuses
from app.merchant_api import check_schemas as schemas
from app.merchant_api.guards import merchant_required
from app.merchant_api.schemas import number

door = Door("merchant_checks", __name__, url_prefix="/v3/xinyi/checks",
            description="Embedded checks, for public bodies' approval systems")


@door.post("")
@refuses(NotAPublicBody, NothingToCheck, ContentDiffers, TooMany)
@merchant_required
@door.arguments(schemas.CheckIn)
@door.response(200, schemas.OpenedCheckOut)
def asked(told: dict[str, Any]) -> dict[str, Any]:
    """Which incentives may the applicant at the counter have? For the widget, or a QR of one's own"""
    check = asking.ask(g.merchant.id, asking.Wish(told["out_check_no"], told["matter"], told.get("service_ids")))
    return {**recording.view(check), "widget_token": codes.token_of(g.merchant.mchid, check.check_no),
            "qr_content": codes.code_of(check.check_no)}


@door.get("/<out_check_no>")
@refuses(CheckNotFound)
@merchant_required
@door.response(200, schemas.CheckOut)
@on_the_beat(no=lambda told: told["state"] == "done" and not any(each["eligible"] for each in told["incentives"]))
def stands(out_check_no: str) -> dict[str, Any]:
    """How it stands: titles with yes or no once it is done, and what was recorded"""
    return recording.view(reading.own(g.merchant.id, _known(out_check_no)))


@door.post("/<out_check_no>/response")
@refuses(CheckNotFound, CheckWaiting, IncentiveNotAnswered, ResponseRecorded)
@merchant_required
@door.arguments(schemas.CheckResponseIn)
@door.response(200, schemas.CheckOut)
def response(told: dict[str, Any], out_check_no: str) -> dict[str, Any]:
    """Record which incentive was applied, or none; once"""
    check = reading.own(g.merchant.id, _known(out_check_no))
    said = Response(told.get("applied"), told.get("officer"), told.get("note"))
    return recording.view(recording.record(check.id, said))


def _known(out_check_no: str) -> str:
    if not number(out_check_no):
        raise CheckNotFound
    return out_check_no
