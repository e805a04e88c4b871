"""Every payscore call of `wechatpayv3`, which nobody here wrote: its host changed, its check of our answers on.

Fails, as tried: with an answer signed over anything but its bytes (the SDK says "failed to verify the signature"), with
the path of a direct completion served under /v3 only, with the slash asked for in the path that the SDK sends without.
"""

import inspect
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from wechatpayv3 import WeChatPay

from app.benefits.models import Offer
from app.kernel import clock
from tests.orders.conftest import Phone, number

RENT = [{"name": "租金", "amount": 250}]
Call = Callable[..., dict[str, Any]]


@pytest.fixture
def call(sdk: Any, way: str, as_certificates: Callable[[Any], Any]) -> Call:
    """`call("payscore_query", …)`: the answer's JSON, which has to be a 2xx (`code=` another)."""
    if way == "certificates":
        sdk = as_certificates(sdk)

    def called(name: str, *told: Any, code: int = 200, **more: Any) -> dict[str, Any]:
        status, text = getattr(sdk, name)(*told, **more)
        assert status == code, text
        answer: dict[str, Any] = json.loads(text) if text else {}
        return answer

    return called


@pytest.fixture
def way() -> str:
    """How the merchant knows our key: by its id, or (`BOTH`) by the certificate that it fetches."""
    return "public_key"


BOTH = pytest.mark.parametrize("way", ["public_key", "certificates"])


def created(call: Call, offer: Offer, **more: Any) -> dict[str, Any]:
    return call("payscore_create", number(), offer.service_id, "免押借雨伞", {"start_time": "OnAccept"},
                {"name": "DEPOSIT", "amount": 3000}, **more)


def allowed(call: Call, offer: Offer, lin: Phone) -> str:
    """Lin opens the service; gives the openid."""
    code = number().replace("|", "-")
    token = call("payscore_permission", offer.service_id, code)["apply_permissions_token"]
    assert call("payscore_permission_query", offer.service_id, code)["authorization_state"] == "UNAVAILABLE"
    assert lin.allow(token).status_code == 201
    return str(call("payscore_permission_query", offer.service_id, code)["openid"])


@BOTH
def test_an_order_from_beginning_to_end(call: Call, rental: Offer, lin: Phone) -> None:
    order = created(call, rental, attach="a%3D1", location={"start_location": "滕王阁"})
    assert (order["state"], "openid" in order) == ("CREATED", False)
    assert lin.confirm(order["package"]).status_code == 200
    out, service = order["out_order_no"], rental.service_id
    begun = call("payscore_query", service, out)
    assert (begun["state"], begun["state_description"], "package" in begun) == ("DOING", "USER_CONFIRM", False)
    query_id = lin.get(f"/api/v1/orders/{order['package']}").json["query_id"]
    assert call("payscore_query", service, query_id=query_id) == begun
    ended = call("payscore_complete", out, service, RENT, 200, post_discounts=[
        {"name": "会员", "description": "会员减免", "amount": 50}], location={"end_location": "秋水广场"})
    assert (ended["state_description"], ended["total_amount"], ended["need_collection"]) == ("MCH_COMPLETE", 200, True)
    assert ended["location"] == {"start_location": "滕王阁", "end_location": "秋水广场"}
    assert ended["collection"] == {"state": "USER_PAYING", "total_amount": 200, "paying_amount": 200, "paid_amount": 0}
    assert call("payscore_modify", out, service, [{"name": "租金", "amount": 100}], 100, "减免")[
        "total_amount"] == 100
    assert call("payscore_pay", out, service)["order_id"] == order["order_id"]
    paid_time = begun_at(lin, order)
    paid = call("payscore_sync", out, service, detail={"paid_time": paid_time})
    assert (paid["state"], paid["collection"]["state"]) == ("DONE", "USER_PAID")
    assert paid["collection"]["details"] == [{"seq": 1, "amount": 100, "paid_type": "MCH", "paid_time": paid_time}]
    assert call("payscore_query", service, out) == paid


def begun_at(lin: Phone, order: dict[str, Any]) -> str:
    told = str(lin.get(f"/api/v1/orders/{order['package']}").json["confirmed_at"])
    return "".join(char for char in told[:19] if char.isdigit())


def test_an_order_that_is_taken_back(call: Call, rental: Offer) -> None:
    order = created(call, rental)
    out = order["out_order_no"]
    assert call("payscore_cancel", out, rental.service_id, "用户投诉")["order_id"] == order["order_id"]
    assert call("payscore_query", rental.service_id, out)["state"] == "REVOKED"
    assert call("payscore_complete", out, rental.service_id, RENT, 250, code=400)["code"] == "ORDER_CANCELED"


@BOTH
def test_permissions_and_orders_without_a_confirmation(call: Call, sdk: Any, rental: Offer, lin: Phone) -> None:
    openid = allowed(call, rental, lin)
    order = created(call, rental, need_user_confirm=False, openid=openid)
    assert (order["state"], order["openid"]) == ("DOING", openid)
    found = call("payscore_permission_query", rental.service_id, openid=openid)
    assert (found["authorization_state"], "user_risk_level" in found) == ("AVAILABLE", False)
    no = call("payscore_permission_terminate", rental.service_id, "不再合作", openid=openid, code=400)
    assert no["code"] == "INVALID_REQUEST", "an order runs"
    call("payscore_complete", order["out_order_no"], rental.service_id, [{"name": "租金", "amount": 0}], 0)
    assert call("payscore_permission_terminate", rental.service_id, "不再合作", openid=openid, code=204) == {}
    found = call("payscore_permission_query", rental.service_id, openid=openid)
    assert found["authorization_state"] == "UNBINDUSER"


def test_a_direct_completion_without_v3(call: Call, rental: Offer, lin: Phone) -> None:
    openid = allowed(call, rental, lin)
    told = call("payscore_direct_complete", number(), openid, rental.service_id, "免押借雨伞", RENT,
                {"start_time": "20260101", "end_time": "20260102"}, 250)
    assert (told["state"], told["state_description"], told["total_amount"]) == ("DOING", "MCH_COMPLETE", 250)
    assert "risk_fund" not in told


def test_ending_a_permission_by_its_code_without_a_slash(call: Call, sdk: Any, rental: Offer, lin: Phone) -> None:
    """The SDK appends `v3/…` to the host: the call leaves only where the host ends with a slash, and is signed
    without one. What arrives is the right path.
    """
    code = "AUTH-1_*"
    token = call("payscore_permission", rental.service_id, code)["apply_permissions_token"]
    assert lin.allow(token).status_code == 201
    with pytest.raises(requests.exceptions.InvalidURL):  # 127.0.0.1:8000v3
        sdk.payscore_permission_terminate(rental.service_id, "不再合作", authorization_code=code)
    sdk._core._gate_way += "/"
    assert call("payscore_permission_terminate", rental.service_id, "不再合作", authorization_code=code, code=204) == {}
    sdk._core._gate_way = sdk._core._gate_way.rstrip("/")
    assert call("payscore_permission_query", rental.service_id, code)["authorization_state"] == "UNBINDUSER"


def test_the_bill_of_a_day(call: Call, rental: Offer, db: psycopg.Connection) -> None:
    """What is in it is tests/benefits' matter; here the SDK asks as it does, and takes the answer."""
    db.execute("UPDATE merchants SET created_at = created_at - interval '9 days'")
    day = clock.today() - timedelta(days=3)
    told = call("payscore_merchant_bill", day.isoformat(), rental.service_id)
    assert told["download_bill_count"] == len(told["download_bill_list"]) == 1


def test_refunds_are_not_ours(call: Call) -> None:
    """We move no money, and never give a transaction_id: both calls are answered as for one that isn't there."""
    told = call("payscore_refund", "4200000000", "R-1", {"refund": 1, "total": 1, "currency": "CNY"}, code=404)
    assert told["code"] == "RESOURCE_NOT_EXISTS"
    assert call("payscore_refund_query", "R-1", code=404)["code"] == "RESOURCE_NOT_EXISTS"


def test_a_total_of_nothing_is_refused_by_the_sdk_itself(sdk: Any, rental: Offer) -> None:
    """Its own `if not total_amount`; ours takes 0 (test_completing)."""
    with pytest.raises(Exception, match="total_amount is not assigned"):
        sdk.payscore_modify("X", rental.service_id, RENT, 0, "免收")


def test_no_payscore_call_is_forgotten() -> None:
    """Each is called above."""
    calls = {name for name, _ in inspect.getmembers(WeChatPay, inspect.isfunction) if name.startswith("payscore_")}
    here = Path(__file__).read_text("utf-8")
    assert {name for name in calls if f'("{name}"' not in here} == set()

