"""Two merchants with everything that a merchant may have: of each kind of thing as many fresh ones as are asked for."""

import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from app.benefits import claiming, handing_in, presenting
from app.benefits.models import Entitlement, Offer
from app.kernel import clock
from app.merchants import enrolling
from app.merchants import queries as merchants
from tests.benefits import ground
from tests.contract.scene import FAST, FORM, PDF, logged_in
from tests.merchant_api.till import Till

Ids = dict[str, str]
NOTIFY = "https://shop.example/notify"
_numbers = itertools.count(1)

# well formed, and nobody's
NOTHING: Ids = {
    "out_redemption_no": "NOTHING-1", "entitlement_no": "E" + "0" * 32, "service_id": "0" * 32,
    "presentation": "0" * 22, "store_id": "NOWHERE", "document_id": "00000000-0000-7000-8000-000000000000",
    "out_order_no": "NOTHING-2", "query_id": "Q" + "0" * 32, "openid": "o" + "0" * 27,
    "authorization_code": "NOTHING-3", "out_check_no": "NOTHING-4", "appid": "wxnothing00000000", "token": "A" * 300}


class Party:
    """A public body (which may do all that a shop may) with offers, a store, and one citizen who uses them all."""

    def __init__(self, app: Any, db: psycopg.Connection, till: Till, mark: str) -> None:
        self.app, self.db, self.till, self.mark = app, db, till, mark
        with app.app_context():
            merchant = merchants.get(till.merchant_id)
            self.appid = str(merchant.appid)
            self.store = f"STORE-{mark}"
            enrolling.add_store(merchant.id, self.store, f"门店{mark}", "360100", "示例路 1 号")
            here: dict[str, Any] = {"mchid": till.mchid, "title": f"权益{mark}"}
            self.rental = ground.offer(**here, terms={**ground.RENTAL, "max_open": 20})
            self.voucher = ground.voucher(**here, quota_total=10**6, quota_per_day=10**6)
            self.fast = ground.offer(**here, scenario="fast_track", terms=FAST, value_fen=0)
            number = 100 + int(till.mchid[-2:])
            self.citizen = ground.ready(number, self.rental)
            for offer in (self.voucher, self.fast):
                ground.agrees(self.citizen, offer)
            self.phone = {"Authorization": f"Bearer {logged_in(self.citizen)[0]}"}
        # statements of days that are over can be asked for
        db.execute("UPDATE merchants SET created_at = created_at - interval '9 days' WHERE id = %s",
                   (till.merchant_id,))

    def thing(self, kind: str) -> Ids:
        """A fresh thing of this kind (a method's name), by all the ids that lead to it."""
        made: Callable[[], Ids] = getattr(self, kind)
        return {"appid": self.appid, "store_id": self.store, **made()}

    def number(self) -> str:
        return f"{self.mark}-{next(_numbers):06d}"

    # -- what each kind is -----------------------------------------------------------------------------------

    def nothing(self) -> Ids:
        return {"service_id": self.rental.service_id}

    def shown(self) -> Ids:
        """A voucher whose code is on the phone."""
        made = self._claimed(self.voucher)
        return {"presentation": self._code(made), "entitlement_no": made.entitlement_no,
                "service_id": self.voucher.service_id, "out_redemption_no": self.number()}

    def verified(self) -> Ids:
        """... and that its merchant has looked at."""
        ids = self.shown()
        assert self.good("POST", "/v3/xinyi/verifications", {"presentation": ids["presentation"]})["eligible"] is True
        return ids

    def proven(self) -> Ids:
        """A voucher shown as an offline proof."""
        made = self._claimed(self.voucher)
        with self.app.app_context():
            proof = presenting.present_offline(self.citizen.id, made.id).code
        return {"proof": proof, "service_id": self.voucher.service_id, "out_redemption_no": self.number(),
                "now": datetime.now(UTC).isoformat(timespec="seconds")}

    def redeemed(self) -> Ids:
        ids = self.shown()
        self.good("POST", "/v3/xinyi/redemptions", {
            name: ids[name] for name in ("out_redemption_no", "presentation", "service_id")})
        return ids

    def lent(self) -> Ids:
        """An order that a redemption opened."""
        made, number = self._claimed(self.rental), self.number()
        self.good("POST", "/v3/xinyi/redemptions", {
            "out_redemption_no": number, "presentation": self._code(made), "service_id": self.rental.service_id})
        return {"out_redemption_no": number, "entitlement_no": made.entitlement_no,
                "service_id": self.rental.service_id}

    def sent(self) -> Ids:
        """An application that was sent and shown to its body."""
        made = self._claimed(self.fast, FORM)
        with self.app.app_context():
            document = handing_in.hand_in(self.citizen.id, made.id, "登记申请书", handing_in.File("a.pdf", PDF))
            text = handing_in.template(made)
            assert text is not None
            handing_in.sign(self.citizen.id, made.id, text["template_version"], text["digest"])
        assert self.good("POST", "/v3/xinyi/verifications", {"presentation": self._code(made)})["eligible"] is True
        return {"entitlement_no": made.entitlement_no, "document_id": str(document.id),
                "due": clock.add_working_days(clock.today(), 20).isoformat()}

    def accepted(self) -> Ids:
        ids = self.sent()
        self.good("POST", f"/v3/xinyi/applications/{ids['entitlement_no']}/acceptance", {})
        return ids

    def waiting(self) -> Ids:
        """An order that its citizen hasn't confirmed."""
        told = self.good("POST", "/v3/payscore/serviceorder", self.order())
        return {**self._named(told["out_order_no"]), "package": told["package"]}

    def running(self) -> Ids:
        """... and one that they have. `query_id` as the phone carried it back."""
        ids = self.waiting()
        answer = self.app.test_client().post(f"/api/v1/orders/{ids['package']}/confirmation", headers=self.phone)
        assert answer.status_code == 200, answer.text
        return {**ids, "query_id": answer.json["query_id"]}

    def owed(self) -> Ids:
        """... and that is complete, and unpaid."""
        ids = self.running()
        self.good("POST", f"/v3/payscore/serviceorder/{ids['out_order_no']}/complete", {
            "appid": self.appid, "service_id": ids["service_id"], "total_amount": 100,
            "post_payments": [{"name": "租金", "amount": 100}]})
        return {**ids, "paid": clock.now().astimezone(clock.SHANGHAI).strftime("%Y%m%d%H%M%S")}

    def permitted(self) -> Ids:
        """A permission that is open; the one before is ended, since only one can be."""
        self.db.execute("UPDATE service_permissions SET state = 'UNBINDUSER', closed_at = now(), close_reason = 'x', "
                        "closed_by = 'citizen' WHERE merchant_id = %s AND state = 'AVAILABLE'",
                        (self.till.merchant_id,))
        return {**self.permission(self.phone), "out_order_no": self.number()}

    def permission(self, phone: dict[str, str]) -> Ids:
        """One that the person with this telephone opens."""
        code, service = self.number(), self.rental.service_id
        asked = self.good("POST", "/v3/payscore/permissions", {
            "appid": self.appid, "service_id": service, "authorization_code": code, "notify_url": NOTIFY})
        client, token = self.app.test_client(), asked["apply_permissions_token"]
        words = client.get(f"/api/v1/service-permissions/{token}", headers=phone).json
        answer = client.post("/api/v1/service-permissions", headers=phone, json={
            "token": token, **{name: words[name] for name in ("text_version", "text_digest")}})
        assert answer.status_code == 201, answer.text
        told = self.good("GET", f"/v3/payscore/permissions/authorization-code/{code}?service_id={service}")
        return {"authorization_code": code, "openid": told["openid"], "service_id": service}

    def checked(self) -> Ids:
        """An embedded check that is over."""
        number = self.number()
        self.good("POST", "/v3/xinyi/checks", {"out_check_no": number, "matter": "设立登记",
                                               "service_ids": [self.fast.service_id]})
        self.db.execute("UPDATE checks SET created_at = created_at - interval '301 s', "
                        "expires_at = expires_at - interval '301 s', ends_at = ends_at - interval '301 s' "
                        "WHERE out_check_no = %s", (number,))
        return {"out_check_no": number, "service_id": self.fast.service_id}

    def asking(self) -> Ids:
        """A service, and a number for a permission that isn't applied for yet."""
        return {"service_id": self.rental.service_id, "out_check_no": self.number()}

    def body(self) -> Ids:
        """An offer that checks may ask about."""
        return {"service_id": self.fast.service_id, "out_check_no": self.number()}

    def billed(self) -> Ids:
        """A statement's download, of the day before yesterday."""
        day, service = (clock.today() - timedelta(days=2)).isoformat(), self.rental.service_id
        told = self.good("GET", f"/v3/xinyi/bills?bill_date={day}&service_id={service}")
        return {"day": day, "service_id": service, "token": told["download_url"].partition("token=")[2]}

    # -- how -------------------------------------------------------------------------------------------------

    def order(self, **other: Any) -> dict[str, Any]:
        return {"appid": self.appid, "service_id": self.rental.service_id, "out_order_no": self.number(),
                "service_introduction": "免押借雨伞", "time_range": {"start_time": "OnAccept"},
                "risk_fund": {"name": "DEPOSIT", "amount": 3000}, "notify_url": NOTIFY, **other}

    def good(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = self.till.get(path) if method == "GET" else self.till.post(path, body)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json

    def state(self) -> str:
        """A digest of every row that is this merchant's, to see that nobody else has changed any."""
        rows = [self.db.execute(query, (self.till.merchant_id,)).fetchone() for query in ROWS]
        return repr(rows)

    def _named(self, out_order_no: str) -> Ids:
        return {"out_order_no": out_order_no, "service_id": self.rental.service_id}

    def _claimed(self, offer: Offer, form: dict[str, Any] | None = None) -> Entitlement:
        with self.app.app_context():
            return claiming.claim(self.citizen, offer.id, None, form)

    def _code(self, of: Entitlement) -> str:
        with self.app.app_context():
            return presenting.present(self.citizen.id, of.id).code


def _digest(table: str, where: str = "merchant_id = %s") -> str:
    return f"SELECT count(*), md5(string_agg(md5(t::text), ',' ORDER BY md5(t::text))) FROM {table} t WHERE {where}"  # noqa: S608


ROWS = [*map(_digest, ("entitlements", "redemptions", "service_orders", "service_permissions", "checks", "offers",
                       "stores", "merchant_keys", "notifications")),
        _digest("presentations", "entitlement_id IN (SELECT id FROM entitlements WHERE merchant_id = %s)"),
        _digest("applications", "entitlement_id IN (SELECT id FROM entitlements WHERE merchant_id = %s)"),
        _digest("entitlement_steps", "entitlement_id IN (SELECT id FROM entitlements WHERE merchant_id = %s)")]
