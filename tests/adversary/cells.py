"""Every route that merchants sign, with a call that is right in every part and the places where an id stands in it.

`CELLS` has a row for each endpoint: a new one without a row fails the matrix. `{name}` in a path or body is an id of
the thing that the call is about; `ids` are those that somebody else's may be put in the place of, each alone and
together. What is nobody's and what is another's must then be answered alike, with `no` (the first id of `no` that was
exchanged says which).
"""

from dataclasses import dataclass, field
from typing import Any

GONE, NO_ORDER, WRONG, NO_AUTH = ((404, "RESOURCE_NOT_EXISTS"), (404, "ORDER_NOT_EXIST"), (400, "PARAM_ERROR"),
                                  (403, "NO_AUTH"))
NOT_A_YES = (200, None)  # a verification's answer: not eligible, and nothing else


@dataclass(frozen=True)
class Cell:
    """`thing`: the kind of thing (a method of Party) that the ids are of; `own`: what its owner is answered."""

    method: str
    path: str
    ids: tuple[str, ...]
    thing: str = "nothing"
    body: dict[str, Any] | None = None
    no: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    own: int = 200


def get(path: str, *ids: str, **more: Any) -> Cell:
    return Cell("GET", path, ids, **more)


def post(path: str, body: dict[str, Any], *ids: str, **more: Any) -> Cell:
    return Cell("POST", path, ids, body=body, **more)


XINYI, SCORE = "/v3/xinyi", "/v3/payscore"
ORDER = f"{SCORE}/serviceorder"
WHICH = {"service_id": "{service_id}", "appid": "{appid}"}
DUE = {"post_payments": [{"name": "租金", "amount": 100}], "total_amount": 100}
REDEEM = {"out_redemption_no": "{out_redemption_no}", "service_id": "{service_id}"}
DIRECT = {**WHICH, **DUE, "openid": "{openid}", "out_order_no": "{out_order_no}", "service_introduction": "停车",
          "notify_url": "https://shop.example/notify", "time_range": {"start_time": "20260101", "end_time": "20260102"}}
CREATED = {**WHICH, "out_order_no": "{out_order_no}", "service_introduction": "免押借雨伞",
           "time_range": {"start_time": "OnAccept"}, "risk_fund": {"name": "DEPOSIT", "amount": 3000},
           "notify_url": "https://shop.example/notify", "need_user_confirm": False, "openid": "{openid}"}
APPLICATION = f"{XINYI}/applications/" + "{entitlement_no}"
BY_CODE = f"{SCORE}/permissions/authorization-code/" + "{authorization_code}"
BY_OPENID = f"{SCORE}/permissions/openid/" + "{openid}"
OF_ORDER = {"out_order_no": NO_ORDER, "service_id": NO_ORDER, "query_id": NO_ORDER, "appid": WRONG}
OF_SERVICE = {"service_id": GONE, "appid": WRONG, "openid": NO_AUTH}
OF_PERMISSION = {"authorization_code": GONE, "openid": GONE, "service_id": GONE, "appid": WRONG}


def moved(act: str, thing: str, **told: Any) -> list[Cell]:
    return [post(f"{ORDER}/{{out_order_no}}/{act}", {**WHICH, **told}, "out_order_no", "service_id", "appid",
                 thing=thing, no=OF_ORDER)]


CELLS: dict[str, list[Cell]] = {
    # first, since a permission isn't ended while its citizen has orders
    "payscore.end_by_code": [
        post(BY_CODE + "/terminate", {"service_id": "{service_id}", "reason": "不再合作"}, "authorization_code",
             "service_id", thing="permitted", own=204)],
    "payscore.end_by_openid": [
        post(BY_OPENID + "/terminate", {**WHICH, "reason": "不再合作"}, "openid", "service_id", "appid",
             thing="permitted", no=OF_PERMISSION, own=204)],
    "merchant_api.verification": [
        post(f"{XINYI}/verifications", {"presentation": "{presentation}", "service_id": "{service_id}"},
             "presentation", "service_id", thing="shown", no={"presentation": NOT_A_YES, "service_id": NOT_A_YES}),
        post(f"{XINYI}/verifications", {"presentation": "{presentation}"}, "presentation", thing="shown",
             no={"presentation": NOT_A_YES}),
        post(f"{XINYI}/verifications", {"presentation": "{proof}"}, "proof", thing="proven", no={"proof": NOT_A_YES})],
    "merchant_api.redemption": [
        post(f"{XINYI}/redemptions", {**REDEEM, "presentation": "{presentation}"}, "presentation", "service_id",
             thing="shown"),
        post(f"{XINYI}/redemptions", {**REDEEM, "entitlement_no": "{entitlement_no}"}, "entitlement_no", "service_id",
             thing="verified"),
        post(f"{XINYI}/redemptions", {**REDEEM, "proof": "{proof}", "redeemed_at": "{now}"}, "proof", "service_id",
             thing="proven"),
        post(f"{XINYI}/redemptions", {**REDEEM, "presentation": "{presentation}", "store_id": "{store_id}"},
             "store_id", thing="shown", no={"store_id": WRONG})],
    "merchant_api.redemption_now": [
        get(f"{XINYI}/redemptions/{{out_redemption_no}}", "out_redemption_no", thing="redeemed")],
    "merchant_api.completion": [
        post(f"{XINYI}/redemptions/{{out_redemption_no}}/completion", {"total_amount": 0}, "out_redemption_no",
             thing="lent")],
    "merchant_api.reversal": [
        post(f"{XINYI}/redemptions/{{out_redemption_no}}/reversal", {"reason": "误扫"}, "out_redemption_no",
             thing="redeemed")],
    "merchant_applications.application": [get(APPLICATION, "entitlement_no", thing="sent")],
    "merchant_applications.document": [
        get(APPLICATION + "/documents/{document_id}", "entitlement_no", "document_id", thing="sent")],
    "merchant_applications.acceptance": [post(APPLICATION + "/acceptance", {}, "entitlement_no", thing="sent")],
    "merchant_applications.supplement": [
        post(APPLICATION + "/supplement", {"missing": ["经营场所使用证明"], "due": "{due}"}, "entitlement_no",
             thing="accepted")],
    "merchant_applications.fulfilment": [post(APPLICATION + "/fulfilment", {}, "entitlement_no", thing="accepted")],
    "merchant_applications.rejection": [
        post(APPLICATION + "/rejection", {"legal_ground": "《示例条例》第一条", "reason": "材料不全"}, "entitlement_no",
             thing="accepted")],
    "merchant_checks.asked": [
        post(f"{XINYI}/checks",
             {"out_check_no": "{out_check_no}", "matter": "设立登记", "service_ids": ["{service_id}"]},
             "service_id", thing="body", no={"service_id": WRONG})],
    "merchant_checks.stands": [get(f"{XINYI}/checks/{{out_check_no}}", "out_check_no", thing="checked")],
    "merchant_checks.response": [
        post(f"{XINYI}/checks/{{out_check_no}}/response", {"officer": "W-07"}, "out_check_no", thing="checked")],
    "merchant_bills.bill": [
        get(f"{XINYI}/bills?bill_date={{day}}&service_id={{service_id}}", "service_id", thing="billed")],
    "merchant_bills.merchant_bill": [
        get(f"{SCORE}/merchant-bill?bill_date={{day}}&service_id={{service_id}}&tar_type=GZIP"
            "&encryption_algorithm=AEAD_AES_256_GCM", "service_id", thing="billed")],
    "merchant_bills.bill_file": [get("/v3/billdownload/file?token={token}", "token", thing="billed")],
    "merchant_keys.certificate_list": [],  # ours, sealed for whoever signed: tests/merchant_api/test_keys_of_ours.py
    "merchant_keys.proof_keys": [],  # public
    "payscore.create": [
        post(ORDER, CREATED, "service_id", "openid", "appid", thing="permitted", no=OF_SERVICE),
        post(ORDER, {name: value for name, value in CREATED.items() if name not in ("need_user_confirm", "openid")},
             "service_id", "appid", thing="permitted", no=OF_SERVICE)],
    "payscore.direct_complete": [
        post(f"{ORDER}/direct-complete", DIRECT, "service_id", "openid", "appid", thing="permitted", no=OF_SERVICE)],
    "payscore_sdk.direct_complete": [
        post("/payscore/serviceorder/direct-complete", DIRECT, "service_id", "openid", "appid", thing="permitted",
             no=OF_SERVICE)],
    "payscore.query": [
        get(f"{ORDER}?service_id={{service_id}}&appid={{appid}}&out_order_no={{out_order_no}}", "out_order_no",
            "service_id", "appid", thing="running", no=OF_ORDER),
        get(f"{ORDER}?service_id={{service_id}}&appid={{appid}}&query_id={{query_id}}", "query_id", "service_id",
            "appid", thing="running", no=OF_ORDER)],
    "payscore.cancel": [*moved("cancel", "running", reason="用户投诉"), *moved("cancel", "waiting", reason="用户投诉")],
    "payscore.complete": moved("complete", "running", **DUE),
    "payscore.modify": moved("modify", "owed", **DUE, reason="减免"),
    "payscore.pay": moved("pay", "owed"),
    "payscore.sync": moved("sync", "owed", type="Order_Paid", detail={"paid_time": "{paid}"}),
    "payscore.apply": [
        post(f"{SCORE}/permissions", {**WHICH, "authorization_code": "{out_check_no}"}, "service_id", "appid",
             thing="asking", no=OF_SERVICE)],
    "payscore.by_code": [
        get(BY_CODE + "?service_id={service_id}", "authorization_code", "service_id", thing="permitted")],
    "payscore.by_openid": [
        get(BY_OPENID + "?service_id={service_id}&appid={appid}", "openid", "service_id", "appid", thing="permitted",
            no=OF_PERMISSION)],
}
