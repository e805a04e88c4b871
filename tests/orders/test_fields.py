"""Lengths, character sets, times and sums, as the field facts have them; each at its edge and one beyond.

Fails, as tried: with a length one longer, `OnAccept` taken for an end, a total that needn't be the sum, a risk fund
above the offer's ceiling, a completion that ends before it began or tomorrow, OnAccept that isn't the confirmation.
"""

from datetime import timedelta
from typing import Any

import pytest

from app.kernel import clock
from app.orders import moments
from tests.benefits import ground
from tests.orders.conftest import APPID, Counter, Phone, ending, no

PARAM = (400, "PARAM_ERROR")


GOOD: list[dict[str, Any]] = [
    {"out_order_no": "a" * 32}, {"out_order_no": "Z-_|*9"}, {"service_introduction": "二" * 20},
    {"time_range": {"start_time": "20261123"}}, {"time_range": {"start_time": "20261123093000"}},
    {"time_range": {"start_time": "20261123", "end_time": "20261123"}},
    {"time_range": {"start_time": "20261123093000", "end_time": "20261123", "end_time_remark": "次" * 20}},
    {"risk_fund": {"name": "ADVANCE", "amount": 3000, "description": "金" * 30}},
    {"risk_fund": {"name": "CASH_DEPOSIT", "amount": 1}}, {"attach": "a" * 256},
    {"post_payments": [{"name": "租" * 20, "description": "每" * 30, "count": 100}] * 100},
    {"post_discounts": [{"name": "员", "description": "满"}] * 30}, {"device": {"start_device_id": "D-1"}},
    {"location": {"start_location": "滕王阁", "end_location": "秋水广场"}}]
BAD: list[dict[str, Any]] = [
    {"out_order_no": "a" * 33}, {"out_order_no": ""}, {"out_order_no": "a b"}, {"out_order_no": "单号"},
    {"out_order_no": "a\n"}, {"out_order_no": "٣"}, {"out_order_no": 1}, {"appid": "wxother"}, {"appid": ""},
    {"service_introduction": "二" * 21}, {"service_introduction": ""}, {"service_introduction": None},
    {"time_range": {}}, {"time_range": {"start_time": "2026-11-23"}}, {"time_range": {"start_time": "onaccept"}},
    {"time_range": {"start_time": "20260230"}}, {"time_range": {"start_time": "20261123240000"}},
    {"time_range": {"start_time": "2026112309"}}, {"time_range": {"start_time": "２０２６１１２３"}},
    {"time_range": {"start_time": "OnAccept", "end_time": "OnAccept"}},
    {"time_range": {"start_time": "20261124", "end_time": "20261123"}},
    {"time_range": {"start_time": "20261123093001", "end_time": "20261123093000"}},
    {"time_range": {"start_time": "20261124000000", "end_time": "20261123"}},
    {"time_range": {"start_time": "OnAccept", "start_time_remark": "次" * 21}},
    {"risk_fund": {"name": "DEPOSIT", "amount": 3001}}, {"risk_fund": {"name": "DEPOSIT", "amount": 0}},
    {"risk_fund": {"name": "DEPOSIT", "amount": "3000"}}, {"risk_fund": {"name": "ESTIMATE_ORDER_COST", "amount": 1}},
    {"risk_fund": {"name": "DEPOSIT", "amount": 1, "description": "金" * 31}}, {"risk_fund": {"amount": 1}},
    {"attach": "a" * 257}, {"post_payments": [{"name": "租"}] * 101}, {"post_payments": [{"name": "租" * 21}]},
    {"post_payments": [{"name": "租", "count": 0}]}, {"post_payments": [{"name": "租", "count": 101}]},
    {"post_payments": [{"name": "租", "amount": -1}]}, {"post_payments": [{"name": "租", "amount": 1.5}]},
    {"post_payments": [{"name": "租", "description": "每" * 31}]}, {"post_discounts": [{"name": "员"}]},
    {"post_discounts": [{"name": "员", "description": "满"}] * 31},
    {"need_user_confirm": "true"}, {"need_user_confirm": 1}, {"openid": "o" * 28}, {"need_user_confirm": False},
    {"notify_url": None}, {"notify_url": "http://shop.example/n"}, {"notify_url": "https://shop.example/n?a=1"},
    {"notify_url": "https://10.0.0.1/n"}, {"notify_url": "https://a@shop.example/"}, {"notify_url": "https://localhost/"},
    {"notify_url": "https://shop.example/" + "n" * 255}, {"notify_url": "x"}, {"grade": "A"},
    {"device": {"colour": "red"}}, {"location": {"start_location": ""}}]
BAD_ENDINGS: list[dict[str, Any]] = [
    {"total_amount": 249}, {"total_amount": -1}, {"total_amount": "250"}, {"total_amount": 250.0},
    {"total_amount": True},
    {"post_payments": []}, {"post_payments": [{"name": "租金"}]}, {"post_payments": None},
    {"post_payments": [{"name": "租金", "amount": 3001}], "total_amount": 3001},
    {"post_discounts": [{"name": "员", "description": "满", "amount": 1}]},
    {"time_range": {"end_time": "20250101"}}, {"time_range": {"end_time": "20990101"}},
    {"time_range": {"end_time": "OnAccept"}}, {"time_range": {"start_time": "20990101"}},
    {"location": {"start_location": "滕王阁"}}, {"reason": "x"}, {"goods_tag": "g" * 33}]
BAD_CALLS: list[tuple[str, dict[str, Any]]] = [
    ("cancel", {}), ("cancel", {"reason": ""}), ("cancel", {"reason": "因" * 51}), ("pay", {"reason": "x"}),
    ("sync", {"type": "Order_Paid"}), ("sync", {"type": "Other", "detail": {"paid_time": "20261123000000"}}),
    ("sync", {"type": "Order_Paid", "detail": {"paid_time": "20261123"}}),
    ("sync", {"type": "Order_Paid", "detail": {"paid_time": "20990101000000"}}),
    ("sync", {"type": "Order_Paid", "detail": {"paid_time": "20260101000000"}}),
    ("modify", {"total_amount": 0, "post_payments": [{"name": "租", "amount": 0}]})]


def test_what_is_taken(counter: Counter) -> None:
    for good in GOOD:
        answer = counter.create(**good)
        assert answer.status_code == 200, (good, answer.text)
        assert {name: answer.json[name] for name in good} == good


@pytest.mark.usefixtures("in_earnest")
def test_what_is_refused(counter: Counter) -> None:
    for bad in BAD:
        answer = counter.create(**bad)
        assert answer.status_code == 400, (bad, answer.text)
        assert (answer.json["code"], bool(answer.json["detail"]["field"])) == ("PARAM_ERROR", True), bad


def test_a_service_that_isnt_for_orders(counter: Counter, app: Any) -> None:
    """An unknown one, and one of vouchers: the same. Fails where the scenario's kind isn't looked at."""
    with app.app_context():
        voucher = ground.voucher()
    for service in (voucher.service_id, "0" * 32):
        assert no(counter.create(service_id=service)) == (404, "RESOURCE_NOT_EXISTS")
    assert no(counter.create(service_id="1")) == PARAM


def test_a_completion_must_make_sense(counter: Counter, lin: Phone) -> None:
    out = counter.running(lin)
    for bad in BAD_ENDINGS:
        answer = counter.tell(out, "complete", **{**ending(250), **bad})
        assert no(answer) == PARAM, (bad, answer.text)
    today = moments.told(clock.now())[:8]
    assert counter.complete(out, 250, time_range={"end_time": today}).status_code == 200


def test_a_discount_takes_off_and_a_count_multiplies_nothing(counter: Counter, lin: Phone) -> None:
    out = counter.running(lin)
    done = counter.tell(out, "complete", total_amount=250, post_payments=[
        {"name": "租金", "amount": 300, "count": 3}], post_discounts=[
        {"name": "会员", "description": "减免", "amount": 50, "count": 2}])
    assert (done.status_code, done.json["total_amount"]) == (200, 250)


def test_the_device_at_the_end_is_told_beside_the_first(counter: Counter, lin: Phone) -> None:
    out = counter.running(lin, device={"start_device_id": "D-1", "materiel_no": "M-1"})
    ended = counter.complete(out, 0, device={"end_device_id": "D-2"})
    assert ended.json["device"] == {"start_device_id": "D-1", "end_device_id": "D-2", "materiel_no": "M-1"}
    assert counter.query(out).json == ended.json


def test_an_end_is_measured_by_the_acceptance_where_that_is_the_start(counter: Counter, lin: Phone) -> None:
    """Fails where OnAccept isn't the moment of the confirmation."""
    out = counter.running(lin)
    early = moments.told(clock.now() - timedelta(hours=1))
    assert no(counter.complete(out, 0, time_range={"end_time": early})) == PARAM
    late = moments.told(clock.now() + timedelta(minutes=10))
    assert no(counter.complete(out, 0, time_range={"end_time": late})) == PARAM
    soon = moments.told(clock.now() + timedelta(minutes=4))
    assert counter.complete(out, 0, time_range={"end_time": soon}).status_code == 200


def test_other_calls_must_make_sense(counter: Counter, lin: Phone) -> None:
    out = counter.running(lin)
    assert counter.complete(out, 250).status_code == 200
    for what, bad in BAD_CALLS:
        assert no(counter.tell(out, what, **bad)) == PARAM, (what, bad)


def test_a_query_names_exactly_one(counter: Counter) -> None:
    path = f"/v3/payscore/serviceorder?service_id={counter.offer.service_id}&appid={APPID}"
    for query in ["", "&out_order_no=A&query_id=B", "&out_order_no=A&grade=1", "&query_id="]:
        assert no(counter.till.get(path + query)) == PARAM, query


@pytest.mark.parametrize("text", ["20261123", "20261123093000"])
def test_a_time_is_as_exact_as_it_is_written(text: str) -> None:
    assert not moments.before(text, "20261123")
    assert not moments.before("20261123", text)
    assert moments.before(text, "20261124")
    assert moments.read(text).tzinfo is clock.SHANGHAI
