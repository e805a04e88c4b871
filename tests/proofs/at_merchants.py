"""The proper way through what merchants and public bodies open for a citizen: orders, permissions, checks, statements.

What merchants write of their own accord names nobody here (tests/proofs/test_bytes.py); what we answer them never may.
"""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.kernel import clock
from app.orders import moments
from tests.journeys.walker import yes
from tests.journeys.world import HALL, RENTAL

if TYPE_CHECKING:
    from tests.merchant_api.till import Till
    from tests.proofs.tour import Tour

ORDERS, PERMISSIONS, CHECKS = "/v3/payscore/serviceorder", "/v3/payscore/permissions", "/v3/xinyi/checks"
NOTIFY = "http://127.0.0.1:9/notify"  # nobody listens: what is to be told stays, and is looked through
RENT = {"post_payments": [{"name": "租金", "amount": 300}], "total_amount": 300}


class Counter:
    """The rental shop's till, at which this citizen stands."""

    def __init__(self, tour: "Tour") -> None:
        self.tour, self.me, self.offer = tour, tour.me, tour.world.offer("免押租充电宝")
        self.till: Till = tour.world.till(RENTAL)
        shop = tour.world.demo["merchants"][RENTAL]
        self.named = {"appid": shop["appid"], "service_id": self.offer["service_id"]}
        self.query = "&".join(f"{name}={value}" for name, value in self.named.items())

    def order(self, **more: Any) -> dict[str, Any]:
        told = {**self.named, "out_order_no": uuid.uuid4().hex, "service_introduction": "租充电宝",
                "time_range": {"start_time": "OnAccept"}, "risk_fund": {"name": "DEPOSIT", "amount": 9900},
                "notify_url": NOTIFY, **more}
        return dict(yes(self.till.post(ORDERS, told)))

    def tell(self, order: dict[str, Any], what: str, **told: Any) -> dict[str, Any]:
        return dict(yes(self.till.post(f"{ORDERS}/{order['out_order_no']}/{what}", {**self.named, **told})))

    def allowed(self) -> tuple[str, str]:
        """(authorization_code, the permission's id with the citizen), opened."""
        code = uuid.uuid4().hex
        token = yes(self.till.post(PERMISSIONS, {**self.named, "authorization_code": code, "notify_url": NOTIFY}))[
            "apply_permissions_token"]
        asked = yes(self.me.get(f"/service-permissions/{token}"))
        told = {"token": token, **{name: asked[name] for name in ("text_version", "text_digest")}}
        return code, str(yes(self.me.post("/service-permissions", told, self.tour.key()), 201)["id"])


def orders(tour: "Tour") -> None:
    """Confirmed in the mini-app: one to its end, one called off."""
    at = Counter(tour)
    tour.agree(at.offer["offer_id"])
    first = at.order(attach="a%3D1")
    yes(at.me.get(f"/orders/{first['package']}"))
    yes(at.me.post(f"/orders/{first['package']}/confirmation", key=tour.key()))
    yes(at.till.get(f"{ORDERS}?{at.query}&out_order_no={first['out_order_no']}"))
    at.tell(first, "complete", **RENT)
    at.tell(first, "modify", post_payments=[{"name": "租金", "amount": 200}], total_amount=200, reason="减免")
    at.tell(first, "pay")
    at.tell(first, "sync", type="Order_Paid", detail={"paid_time": moments.told(clock.now())})
    at.tell(at.order(), "cancel", reason="不租了")


def permissions(tour: "Tour") -> None:
    """Opened three times, ended by code, by openid and by the citizen; in between orders without a confirmation."""
    at = Counter(tour)
    code, _ = at.allowed()
    openid = yes(at.till.get(f"{PERMISSIONS}/authorization-code/{code}?service_id={at.offer['service_id']}"))["openid"]
    yes(at.till.get(f"{PERMISSIONS}/openid/{openid}?{at.query}"))
    at.tell(at.order(need_user_confirm=False, openid=openid), "complete",
            post_payments=[{"name": "租金", "amount": 0}], total_amount=0)
    for path in (ORDERS, ORDERS.removeprefix("/v3")):
        day = moments.told(clock.now())[:8]
        done = at.till.post(f"{path}/direct-complete", {
            **at.named, "out_order_no": uuid.uuid4().hex, "openid": openid, "service_introduction": "租充电宝", **RENT,
            "notify_url": NOTIFY, "time_range": {"start_time": day, "end_time": day}})
        at.tell(yes(done), "sync", type="Order_Paid", detail={"paid_time": moments.told(clock.now())})
    end = {"service_id": at.offer["service_id"], "reason": "不再合作"}
    assert at.till.post(f"{PERMISSIONS}/authorization-code/{code}/terminate", end).status_code == 204
    at.allowed()
    assert at.till.post(f"{PERMISSIONS}/openid/{openid}/terminate", {**at.named, **end}).status_code == 204
    _, mine = at.allowed()
    yes(tour.wire("DELETE", f"/api/v1/service-permissions/{mine}"))


def checks(tour: "Tour") -> None:
    """At the counter of a public body: one check recorded in the widget, one by the body's own system."""
    hall, mchid = tour.world.till(HALL), tour.world.demo["merchants"][HALL]["mchid"]
    assert tour.wire("GET", f"/embed/v1/{mchid}/check").status_code == 200
    for by_widget in (True, False):
        number = uuid.uuid4().hex
        asked = yes(hall.post(CHECKS, {"out_check_no": number, "matter": "个体工商户设立登记"}))
        seen = yes(tour.me.get(f"/checks/{asked['qr_content']}"))
        agreed = [{name: each[name] for name in ("scenario", "scope", "text_version", "text_digest")}
                  for each in seen["consents"]]
        yes(tour.me.post(f"/checks/{asked['qr_content']}/consents", {"consents": agreed}, tour.key()))
        yes(hall.get(f"{CHECKS}/{number}"))
        token = {"Authorization": f"Check {asked['widget_token']}"}
        assert tour.wire("GET", "/embed/v1/checks/current", headers=token).status_code == 200
        if by_widget:
            yes(tour.wire("POST", "/embed/v1/checks/current/response", json={"applied": None}, headers=token))
        else:
            yes(hall.post(f"{CHECKS}/{number}/response", {"officer": "W-07"}))


def statements(tour: "Tour") -> None:
    """Of a day some days ago, when the shop was there already: both doors, and both files."""
    at = Counter(tour)
    tour.world.sql("UPDATE merchants SET created_at = created_at - interval '9 days'"
                   " WHERE created_at > now() - interval '9 days'")
    asked = f"bill_date={clock.today() - timedelta(days=3)}&service_id={at.offer['service_id']}"
    bill = yes(at.till.get(f"/v3/xinyi/bills?{asked}"))
    parts = yes(at.till.get(f"/v3/payscore/merchant-bill?{asked}&encryption_algorithm=AEAD_AES_256_GCM"))
    for each in (bill, *parts["download_bill_list"]):
        address = urlsplit(each["download_url"])
        assert at.till.get(f"{address.path}?{address.query}").status_code == 200


WALKS = (orders, permissions, checks, statements)
