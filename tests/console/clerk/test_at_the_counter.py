"""Scan, yes or no, redeem, take back, bring back: as the server does it, for whoever types and for the script.

Breaks tried: `own` not looking at the clerk; `of_store` not looking at the store; `undoable` without its five minutes;
`use` without the clerk's store; a clerk's store taken from the request; a paused merchant let through.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.benefits.models import Offer
from app.kernel import clock
from app.merchants.models import Merchant
from tests.benefits import ground
from tests.console.browsing import words
from tests.console.clerk.counter import SCAN, Clerk, counter_of, hidden, in_hand

Clerks = Callable[..., Clerk]


def row(db: psycopg.Connection) -> Any:
    return db.execute("SELECT out_redemption_no, store_code, clerk, state, waived_fen, paid_fen"
                      " FROM redemptions").fetchone()


def test_a_code_is_looked_at_used_and_taken_back(app: Any, db: psycopg.Connection, clerk: Clerks,
                                                 voucher: Offer) -> None:
    there, held = clerk(), in_hand(app, voucher)
    yes = there.look(f" {held.code()} ")
    assert yes.status_code == 200
    assert "可以使用" in words(yes)
    assert "优秀青年志愿者咖啡礼遇" in words(yes)
    done = there.use(yes, original="12.5")
    assert "已核销" in words(done)
    assert "减免 12.50 元" in words(done)
    number, store, by, state, waived, paid = row(db)
    assert (store, state, waived, paid) == ("S-1", "done", 1250, 0)
    assert by.startswith("merchant:")
    assert "已核销" in words(there.use(yes, original="12.5")), "sent again, it is the same one"
    assert db.execute("SELECT count(*) FROM redemptions").fetchone() == (1,)

    assert "优秀青年志愿者咖啡礼遇" in words(there.get(f"{SCAN}/today"))
    back = there.post(f"{SCAN}/redemptions/{number}/undo")
    assert "已撤销，权益已退回给对方" in words(back)
    assert row(db)[3] == "reversed"
    assert "可以使用" in words(there.look(held.code())), "it is in their hand again"


def test_every_no_is_one_page(app: Any, clerk: Clerks, voucher: Offer, shop: Merchant) -> None:
    """No such code, used, another merchant's: the same words and the same status."""
    there, held = clerk(), in_hand(app, voucher)
    with app.app_context():
        ground.shop(2, "别家书店")
        elsewhere = ground.voucher(mchid="1600000002", title="别家的礼遇")
    used = held.code()
    there.use(there.look(used))
    answers = [there.look(code) for code in ("没有这个码", "0" * 22, used, in_hand(app, elsewhere, 2).code(), "a.b.c")]
    assert {answer.status_code for answer in answers} == {200}
    assert len({counter_of(answer.text) for answer in answers}) == 1
    assert "不能使用" in words(answers[0])
    assert "别家" not in answers[3].text


def test_nobody_is_named(app: Any, clerk: Clerks, rental: Offer) -> None:
    there, held = clerk(), in_hand(app, rental)
    yes = there.look(held.code())
    pages = [yes, there.use(yes), there.get(f"{SCAN}/today"), there.get(f"{SCAN}/open")]
    for page in pages:
        for secret in ("示例1", "360102199603070", "o-1", str(held.citizen_id), held.citizen_id.hex, "等级"):
            assert secret not in page.text


def test_after_five_minutes_it_stays(app: Any, db: psycopg.Connection, clerk: Clerks, voucher: Offer,
                                     monkeypatch: pytest.MonkeyPatch) -> None:
    there, began = clerk(), clock.now()
    there.use(there.look(in_hand(app, voucher).code()))
    number = row(db)[0]
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(minutes=6))
    assert f"{number}/undo" not in there.get(f"{SCAN}/today").text
    late = there.post(f"{SCAN}/redemptions/{number}/undo")
    assert late.status_code == 409
    assert row(db)[3] == "done"


def test_another_clerk_and_another_store_have_no_such_thing(app: Any, db: psycopg.Connection, clerk: Clerks,
                                                            rental: Offer) -> None:
    mine, beside, elsewhere, manager = clerk(0), clerk(0), clerk(1), clerk(None)
    mine.use(mine.look(in_hand(app, rental).code()))
    number = row(db)[0]
    for other in (beside, elsewhere, manager):
        assert "免押借雨伞" not in other.get(f"{SCAN}/today?store=S-1").text
        assert other.get(f"{SCAN}/redemptions/{number}/undo").status_code == 404
        assert other.post(f"{SCAN}/redemptions/{number}/undo", page="/console/account/password").status_code == 404
    assert elsewhere.get(f"{SCAN}/redemptions/{number}/completion").status_code == 404
    assert "免押借雨伞" not in elsewhere.get(f"{SCAN}/open?store=S-1").text, "a clerk's store is their own"
    assert "免押借雨伞" in beside.get(f"{SCAN}/open").text, "whoever is in the store takes it back"
    assert "免押借雨伞" in manager.get(f"{SCAN}/open?store=S-1").text
    assert row(db)[3] == "open"


def test_an_umbrella_goes_out_and_comes_back(app: Any, db: psycopg.Connection, clerk: Clerks, rental: Offer) -> None:
    there, beside = clerk(0), clerk(0)
    done = there.use(there.look(in_hand(app, rental).code()))
    assert "已交付" in words(done)
    number = row(db)[0]
    address = f"{SCAN}/redemptions/{number}/completion"
    for sum_ in ("-1", "1.234", "１", "1e3", "x"):
        assert beside.post(address, {"owed": sum_}).status_code == 422, sum_
    back = beside.post(address, {"owed": "3.5", "note": "完好"})
    assert "已归还，订单完结" in words(back)
    assert "没有待归还的物品" in words(back)
    assert row(db)[3] == "done"
    assert db.execute("SELECT completion FROM redemptions").fetchone() == ({"total_amount": 350, "note": "完好"},)


def test_a_manager_chooses_a_store_first(app: Any, db: psycopg.Connection, clerk: Clerks, voucher: Offer) -> None:
    there = clerk(None)
    asked = there.get(f"{SCAN}/")
    assert "请选择您所在的门店" in words(asked)
    assert "江边店" in words(asked)
    assert "请选择" in words(there.get(f"{SCAN}/?store=S-9"))
    page = there.get(f"{SCAN}/?store=S-2")
    assert "江边店" in words(page)
    code = in_hand(app, voucher).code()
    yes = there.post(f"{SCAN}/verify", {"code": code, "store": "S-2"}, page=f"{SCAN}/?store=S-2")
    done = there.post(f"{SCAN}/redeem", hidden(yes.text), page=f"{SCAN}/?store=S-2")
    assert "已核销" in words(done)
    assert row(db)[1] == "S-2"
    assert "已撤销" in words(there.post(f"{SCAN}/redemptions/{row(db)[0]}/undo"))


def test_a_benefit_of_another_store_is_told_so(app: Any, db: psycopg.Connection, clerk: Clerks) -> None:
    with app.app_context():
        there_only = ground.voucher(store_codes=["S-2"], value_fen=100)
    there, held = clerk(0), in_hand(app, there_only)
    page = there.look(held.code())
    assert "不在本店使用" in words(page)
    assert "data-use" not in page.text
    elsewhere = clerk(1).look(held.code())
    refused = there.use(elsewhere)
    assert refused.status_code == 422
    assert row(db) is None


def test_amounts_that_are_wrong_are_told_and_the_form_stays(app: Any, db: psycopg.Connection, clerk: Clerks,
                                                            voucher: Offer) -> None:
    there = clerk()
    yes = there.look(in_hand(app, voucher).code())
    no = there.use(yes, original="50", paid="1")
    assert no.status_code == 422
    assert "减免不能超过 18.00 元" in words(no)
    assert hidden(no.text) == hidden(yes.text)
    assert 'value="50"' in no.text
    assert "减免 18.00 元 · 实付 32.00 元" in words(there.use(no, original="50", paid="32"))


def test_a_paused_merchant_redeems_nothing(app: Any, db: psycopg.Connection, clerk: Clerks, voucher: Offer) -> None:
    there, held = clerk(), in_hand(app, voucher)
    yes = there.look(held.code())
    sent = hidden(yes.text)
    page = there.get(f"{SCAN}/").text
    db.execute("UPDATE merchants SET state = 'paused'")
    token = page.partition('name="csrf_token" value="')[2][:64]
    for path, told in (("/verify", {"code": held.code()}), ("/redeem", sent), ("/upload", {})):
        assert there.client.post(SCAN + path, data={**told, "csrf_token": token}).status_code == 409
    assert row(db) is None


@pytest.mark.parametrize("told", [{}, {"code": ""}, {"code": "x" * 901}, {"code": "a", "more": "1"}, {"code": "a\x00"},
                                  {"code": "a", "store": "é"}])
def test_what_no_page_of_ours_sends(clerk: Clerks, told: dict[str, str]) -> None:
    assert clerk().at_once("/verify", told).status_code == 422
