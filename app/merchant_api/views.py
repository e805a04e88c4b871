"""The merchants' doors: look at a code, redeem it, complete, ask, take back."""

from typing import Any

from flask import g

from app.benefits import completing, redeeming, reversing, verifying
from app.benefits.errors import (
    AmountWrong,
    CodeUnknown,
    ContentDiffers,
    MomentWrong,
    NotRedeemable,
    ProofAlreadyUsed,
    ProofExpired,
    RedemptionNotFound,
    StoreWrong,
    TooLateToReverse,
    WrongState,
)
from app.kernel.beats import on_the_beat
from app.kernel.http import Door
from app.kernel.openapi import refuses
from app.merchant_api import schemas
from app.merchant_api.answering import answer_merchant
from app.merchant_api.guards import merchant_required
from app.merchants import openids

door = Door("merchant_api", __name__, url_prefix="/v3/xinyi", description="Merchants' signed API (merchant.md)")
door.after_app_request(answer_merchant)


@door.post("/verifications")
@merchant_required
@door.arguments(schemas.VerificationIn)
@door.response(200, schemas.VerificationOut)
@on_the_beat(no=lambda answer: not answer["eligible"])
def verification(told: dict[str, Any]) -> dict[str, Any]:
    """Who stands here may use what? A no carries no reason, and the code isn't spent"""
    answer = verifying.verify(g.merchant.id, told["presentation"], told.get("service_id"))
    return {name: value for name, value in vars(answer).items() if value is not None}


@door.post("/redemptions")
@refuses(CodeUnknown, ContentDiffers, NotRedeemable, AmountWrong, StoreWrong, WrongState, ProofAlreadyUsed,
         ProofExpired, MomentWrong)
@merchant_required
@door.arguments(schemas.RedemptionIn)
@door.response(200, schemas.RedemptionOut)
@on_the_beat(CodeUnknown)
def redemption(told: dict[str, Any]) -> dict[str, Any]:
    """Use it once; the same out_redemption_no with the same content gets the same answer"""
    made = redeeming.redeem(g.merchant.id, redeeming.Request(**told))
    entitlement, _ = redeeming.parts(made)
    return _shown(made, "open" if entitlement.kind == "order" else "done")


@door.get("/redemptions/<out_redemption_no>")
@refuses(RedemptionNotFound)
@merchant_required
@door.response(200, schemas.RedemptionOut)
def redemption_now(out_redemption_no: str) -> dict[str, Any]:
    """As it is now"""
    found = redeeming.find(g.merchant.id, _number(out_redemption_no))
    return {**_shown(found, found.state), **_completion(found), **_reversal(found)}


@door.post("/redemptions/<out_redemption_no>/completion")
@refuses(RedemptionNotFound, ContentDiffers, NotRedeemable, WrongState, AmountWrong, MomentWrong)
@merchant_required
@door.arguments(schemas.CompletionIn)
@door.response(200, schemas.RedemptionOut)
def completion(told: dict[str, Any], out_redemption_no: str) -> dict[str, Any]:
    """End an order: the thing is back, this is what is owed"""
    done = completing.complete(g.merchant.id, _number(out_redemption_no), completing.Completion(**told))
    return {**_shown(done, "done"), **_completion(done)}


@door.post("/redemptions/<out_redemption_no>/reversal")
@refuses(RedemptionNotFound, ContentDiffers, NotRedeemable, WrongState, TooLateToReverse)
@merchant_required
@door.arguments(schemas.ReversalIn)
@door.response(200, schemas.RedemptionOut)
def reversal(told: dict[str, Any], out_redemption_no: str) -> dict[str, Any]:
    """Take it back, within the offer's period"""
    back = reversing.reverse(g.merchant.id, _number(out_redemption_no), told["reason"])
    return {**_shown(back, "reversed"), **_completion(back), **_reversal(back)}


def _number(out_redemption_no: str) -> str:
    """A number that none of ours can be like isn't there."""
    if not schemas.number(out_redemption_no):
        raise RedemptionNotFound
    return out_redemption_no


def _shown(redemption: Any, state: str) -> dict[str, Any]:
    """What stays the same for ever, so that a repeated call gets the same answer; `state` is that call's."""
    entitlement, offer = redeeming.parts(redemption)
    optional = {"store_id": redemption.store_code, "clerk": redemption.clerk}
    amount = {"original": redemption.original_fen, "waived": redemption.waived_fen, "paid": redemption.paid_fen}
    return {"redemption_no": redemption.redemption_no, "out_redemption_no": redemption.out_redemption_no,
            "state": state, "entitlement_no": entitlement.entitlement_no, "service_id": offer.service_id,
            "openid": openids.pairwise(redemption.merchant_id, entitlement.citizen_id),
            "amount": _there(amount), "redeemed_at": redemption.redeemed_at, **_there(optional)}


def _completion(redemption: Any) -> dict[str, Any]:
    if redemption.completion is None:
        return {}
    return {"completion": {**redemption.completion, "completed_at": redemption.completed_at}}


def _reversal(redemption: Any) -> dict[str, Any]:
    if redemption.reversed_at is None:
        return {}
    return {"reversal": {"reason": redemption.reversal_reason, "reversed_at": redemption.reversed_at}}


def _there(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
