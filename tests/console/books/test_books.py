"""A merchant's books at the console: what stands in them, who may see it, and what may be done by hand.

Breaks tried: `own_of_merchant` and `redemption_queries.one` without their merchant, a verb called without the account,
the steps' notes of others shown, an export that isn't written to the trail, another's appeal answered, a settled one
answered.
"""

import re
from typing import Any

import psycopg
import pytest

from app.appeals import opening, stating
from app.appeals.errors import TooManyStatements
from app.identity import queries as citizens
from app.kernel import clock
from app.kernel.db import transaction
from tests.console.browsing import Visitor, words
from tests.orders.conftest import NOTIFY, Counter, Phone

BASE = "/console/merchant"
REQUEST = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PERSONAL = ("示例1", "o-1-", "openid", "信用等级", "证件")


def use(offer: Any, code: str, number: str) -> dict[str, Any]:
    return {"out_redemption_no": number, "presentation": code, "service_id": offer.service_id}


def of(db: psycopg.Connection, what: Any) -> Any:
    row = db.execute(what).fetchone()
    assert row
    return row[0]


def order_no(db: psycopg.Connection) -> str:
    made = of(db, "SELECT id FROM service_orders")
    return f"S{made.hex}"


def test_an_order_is_listed_shown_completed_and_told_of(manager: Visitor, counter: Counter, lin: Phone,
                                                        db: psycopg.Connection) -> None:
    number = counter.running(lin)
    listed = manager.get(f"{BASE}/orders/")
    assert number in listed.text
    path = re.search(rf'{BASE}/orders/(S[0-9a-f]{{32}})', listed.text)
    assert path
    db.execute("UPDATE entitlement_steps SET note = '用户自己的话' WHERE by = 'citizen'")
    page = manager.get(path[0])
    assert "商户交付" in page.text, "the steps in the scenario's words"
    assert "用户自己的话" not in page.text
    assert not [each for each in PERSONAL if each in page.text]
    high = manager.post(f"{path[0]}/complete", {"amount": "30.01", "name": "租金"})
    assert high.status_code == 422, "more than the deposit that is waived"
    assert "30.01" in high.text, "what was typed is kept"
    done = manager.post(f"{path[0]}/complete", {"amount": "12.5", "name": "租金"})
    assert "已列明应付" in words(done)
    assert "12.50" in words(done)
    assert counter.query(number).json["total_amount"] == 1250
    assert "完结订单" not in words(manager.get(path[0])), "what can't be done isn't offered"


def test_cancelling_names_the_account(manager: Visitor, counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    counter.running(lin)
    path = f"{BASE}/orders/{order_no(db)}"
    asked = manager.get(f"{path}/cancel")
    assert "取消这笔订单" in asked.text
    assert manager.post(f"{path}/cancel", {"reason": ""}).status_code == 422
    answer = manager.post(f"{path}/cancel", {"reason": "顾客换了门店"})
    assert "订单已取消" in words(answer)
    assert "顾客换了门店" in words(answer)
    actor = of(db, "SELECT actor FROM trail_entries WHERE what = 'order.cancel'")
    account = of(db, "SELECT id FROM staff_accounts")
    assert actor == f"merchant:{account}"
    again = manager.post(f"{path}/cancel", {"reason": "另一个原因"})
    assert again.status_code >= 400
    assert of(db, "SELECT count(*) FROM usages") == 1


def test_filters_and_export(manager: Visitor, counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    first, second = counter.running(lin), str(counter.create().json["out_order_no"])
    service = counter.offer.service_id
    today = clock.today().isoformat()
    for asked, seen, hidden in ((f"state=DOING&service={service}", first, second), ("state=CREATED", second, first),
                                (f"created_from={today}&created_to={today}", first, "nothing-else"),
                                ("only=unpaid", "没有符合条件", first), ("only=disputed", "没有符合条件", second)):
        page = manager.get(f"{BASE}/orders/?{asked}").text
        assert seen in page, asked
        assert hidden not in page, asked
    assert manager.get(f"{BASE}/orders/?service={'0' * 32}").status_code == 422
    file = manager.post(f"{BASE}/orders/", {"purpose": "对账", "sort": "-created_at"})
    assert file.mimetype == "text/csv"
    assert len(file.data.decode().split("\r\n")) == 4
    assert "服务订单 · 对账 · 2" in of(db, "SELECT purpose FROM trail_entries WHERE what = 'staff.exported'")


def test_a_redemption_is_taken_back_within_its_period(manager: Visitor, till: Any, voucher: Any, show: Any,
                                                      db: psycopg.Connection) -> None:
    _, code = show(voucher)
    made = till.post("/v3/xinyi/redemptions", use(voucher, code, "R-1"))
    assert made.status_code == 200, made.text
    listed = manager.get(f"{BASE}/redemptions/?number=R-1")
    assert "18.00" in listed.text
    number = of(db, "SELECT redemption_no FROM redemptions")
    path = f"{BASE}/redemptions/{number}"
    page = manager.get(path)
    assert "撤回核销" in page.text
    assert not [each for each in PERSONAL if each in page.text]
    hidden = manager.post(f"{path}/reverse", {"reason": "顾客 13900000001 要求"})
    assert hidden.status_code == 422
    assert "请删去证件号码" in hidden.text
    answer = manager.post(f"{path}/reverse", {"reason": "拿错了"})
    assert "已撤回" in words(answer)
    assert of(db, "SELECT state FROM redemptions") == "reversed"
    assert of(db, "SELECT actor FROM trail_entries WHERE what = 'benefit.reverse'").startswith("merchant:")
    assert "撤回核销</a>" not in manager.get(path).text


def test_another_merchants_books_are_absent(stranger: Visitor, manager: Visitor, counter: Counter, lin: Phone,
                                            till: Any, voucher: Any, show: Any, db: psycopg.Connection) -> None:
    """The very answer of what doesn't exist, for reading and for doing."""
    counter.running(lin)
    till.post("/v3/xinyi/redemptions", use(voucher, show(voucher, 2)[1], "R-2"))
    order = order_no(db)
    used = of(db, "SELECT redemption_no FROM redemptions WHERE out_redemption_no = 'R-2'")
    own = of(db, "SELECT redemption_no FROM redemptions WHERE out_redemption_no <> 'R-2'")
    told = of(db, "SELECT notification_no FROM notifications LIMIT 1")
    there = {f"{BASE}/orders/{order}": "S" + "0" * 32, f"{BASE}/redemptions/{used}": "nothing",
             f"{BASE}/notifications/{told}": "nothing"}
    for path, absent in there.items():
        assert manager.get(path).status_code == 200, path
        theirs, nobodys = stranger.get(path), stranger.get(path.rpartition("/")[0] + "/" + absent)
        assert (theirs.status_code, nobodys.status_code) == (404, 404), path
        assert REQUEST.sub("", words(theirs)) == REQUEST.sub("", words(nobodys))
    for path in (f"{BASE}/orders/{order}/cancel", f"{BASE}/orders/{order}/complete", 
                 f"{BASE}/redemptions/{used}/reverse", f"{BASE}/notifications/{told}/resend"):
        home = f"{BASE}/orders/"
        assert stranger.post(path, {"reason": "x", "amount": "0"}, page="/console/account/password").status_code == 404
        assert "R-2" not in stranger.get(home).text
    assert manager.get(f"{BASE}/redemptions/{own}").status_code == 404, "a service order's use is no redemption here"
    for page in ("orders", "redemptions", "notifications", "statements", "calls"):
        seen = stranger.get(f"{BASE}/{page}/").text
        assert "R-2" not in seen
        assert order not in seen


def test_notifications_and_sending_again(manager: Visitor, counter: Counter, lin: Phone,
                                         db: psycopg.Connection) -> None:
    number = counter.running(lin)
    page = manager.get(f"{BASE}/notifications/?subject={number.replace('|', '%7C')}")
    assert "用户确认订单" in page.text
    told = of(db, "SELECT notification_no FROM notifications")
    one = manager.get(f"{BASE}/notifications/{told}")
    assert NOTIFY in one.text
    assert "还没有发送过" in one.text
    db.execute("UPDATE notifications SET state = 'undelivered', next_at = NULL")
    assert "已排入发送" in words(manager.post(f"{BASE}/notifications/{told}/resend"))
    state, asked_by = db.execute("SELECT state, asked_by FROM notifications").fetchone() or ("", "")
    assert (state, asked_by.partition(":")[0]) == ("pending", "merchant")


def test_who_takes_wrong_signatures_is_warned(manager: Visitor, counter: Counter, lin: Phone, till: Any,
                                              db: psycopg.Connection) -> None:
    counter.running(lin)
    assert "您接受了错误签名" not in manager.get(f"{BASE}/notifications/").text
    db.execute("INSERT INTO notification_lanes (merchant_id, served_at, slow, probe_taken_at, probes_sent, "
               "probes_taken) VALUES (%s, now(), false, now(), 3, 1) "
               "ON CONFLICT (merchant_id) DO UPDATE SET probe_taken_at = now()", (till.merchant_id,))
    assert "您接受了错误签名" in manager.get(f"{BASE}/notifications/").text
    assert "您接受了错误签名" in manager.get(f"{BASE}/").text


@pytest.mark.parametrize("page", ["", "orders/", "redemptions/", "notifications/", "statements/", "calls/"])
def test_a_shop_without_a_use_has_pages_too(manager: Visitor, page: str) -> None:
    assert "还没有" in manager.get(f"{BASE}/{page}").text or "没有" in manager.get(f"{BASE}/{page}").text


def test_home_counts_what_was_used(manager: Visitor, counter: Counter, lin: Phone, till: Any, voucher: Any,
                                   show: Any) -> None:
    counter.running(lin)
    till.post("/v3/xinyi/redemptions", use(voucher, show(voucher, 2)[1], "R-3"))
    page = words(manager.get(f"{BASE}/"))
    assert "使用（次） 2" in page
    assert "免除（元） 48.00" in page
    assert "未注明门店" in page


def objected(app: Any, citizen: Any, kind: str, about_id: str) -> str:
    with app.app_context(), transaction():
        found = citizens.lock(citizen.id)
        assert found
        return opening.put_down(found, opening.Objection(kind, about_id, "我的手机 13900000001"),
                                opening.Clocks(1, 5, 24), "pass").appeal_no


def test_a_dispute_is_answered_by_a_statement(app: Any, manager: Visitor, stranger: Visitor, counter: Counter,
                                              lin: Phone, db: psycopg.Connection) -> None:
    """The merchant learns that there is one and of which order, not what was written; staff read what it says."""
    order = counter.running(lin)
    appeal_no = objected(app, lin.citizen, "entitlement", str(of(db, "SELECT entitlement_id FROM service_orders")))
    objected(app, lin.citizen, "decision", str(of(db, "SELECT id FROM decisions LIMIT 1")))
    objected(app, lin.citizen, "grade", "")
    listed = manager.get(f"{BASE}/disputes/")
    assert listed.text.count("/disputes/AP") == 1, "an appeal about a decision or a grade is nobody's but the citizen's"
    one = manager.get(f"{BASE}/disputes/{appeal_no}")
    assert f"订单 {order}" in one.text
    assert "13900000001" not in one.text
    assert "appeal" not in stranger.get(f"{BASE}/disputes/").text.split("<main")[1].split("caption")[0]
    assert appeal_no not in stranger.get(f"{BASE}/disputes/").text
    assert stranger.get(f"{BASE}/disputes/{appeal_no}").status_code == 404
    refused = manager.post(f"{BASE}/disputes/{appeal_no}", {"text": "证件 360102199603070011 已核对"})
    assert refused.status_code == 422
    said = manager.post(f"{BASE}/disputes/{appeal_no}", {"text": "当日 10 点当面交付，有监控。"})
    assert "情况说明已提交" in words(said)
    assert "有监控" in words(said)
    assert "有监控" not in str(of(db, "SELECT text_sealed FROM appeal_statements"))
    assert of(db, "SELECT actor FROM trail_entries WHERE what = 'appeal.statement'").startswith("merchant:")
    with app.app_context():
        assert [each.text for each in stating.read(appeal_no)] == ["当日 10 点当面交付，有监控。"]
    db.execute("UPDATE appeals SET state = 'settled', settled_at = now(), outcome = 'dismissed'")
    late = manager.post(f"{BASE}/disputes/{appeal_no}", {"text": "补充"}, page=f"{BASE}/")
    assert late.status_code == 409
    assert "异议不成立" in manager.get(f"{BASE}/disputes/{appeal_no}").text


def test_statements_are_taken_ten_times(app: Any, manager: Visitor, counter: Counter, lin: Phone, till: Any,
                                        db: psycopg.Connection) -> None:
    counter.running(lin)
    appeal_no = objected(app, lin.citizen, "entitlement", str(of(db, "SELECT entitlement_id FROM service_orders")))
    with app.app_context():
        for _ in range(10):
            stating.state(till.merchant_id, appeal_no, "说明", "merchant:test")
        with pytest.raises(TooManyStatements):
            stating.state(till.merchant_id, appeal_no, "说明", "merchant:test")
