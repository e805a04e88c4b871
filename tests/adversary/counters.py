"""A party at the console: its manager, a clerk in each of two stores, and all that stands in its books."""

import json
import re
from typing import Any

from app.appeals import opening
from app.appeals.opening import Clocks, Objection
from app.benefits import claiming, presenting, redeeming, scanning
from app.benefits.scanning import Counter
from app.identity import queries as citizens
from app.kernel.db import transaction
from app.merchants import enrolling
from app.merchants import queries as merchants
from app.notifications import putting
from app.orders import queries as orders
from tests.adversary.parties import NOTHING, Ids, Party
from tests.console.browsing import TOKEN, Visitor
from tests.staff.people import person

REQUEST_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b(?=</p>)")
NOBODYS = {
    **NOTHING, "clerk_id": NOTHING["document_id"], "store_uuid": NOTHING["document_id"], "serial_no": "NOTHING0000001",
    "offer_id": NOTHING["document_id"], "appeal_no": "AP202601010000000000", "notification_no": "EV-" + "0" * 32,
    "order_no": "O" + "0" * 32, "redemption_no": "R" + "0" * 32, "lent_no": "NOTHING-5", "scanned_no": "NOTHING-6",
    "proof": "a.b.c"}


class Books:
    """`visitor` is the manager's browser, `clerks` those of the clerks, by store code."""

    def __init__(self, party: Party) -> None:
        self.party, self.app = party, party.app
        with self.app.app_context():
            merchant_id = party.till.merchant_id
            self.stores = {party.store: merchants.store(merchant_id, party.store)}
            second = f"{party.store}-2"
            self.stores[second] = enrolling.add_store(merchant_id, second, f"分店{party.mark}", "360100", "示例路 2 号")
            self.manager = person("manager", merchant_id=merchant_id)
            self.people = {code: person("clerk", merchant_id=merchant_id, store_id=store.id)
                           for code, store in self.stores.items()}
        self.visitor = Visitor(self.app)
        self.visitor.log_in(self.manager)
        self.clerks = {code: Visitor(self.app) for code in self.people}
        for code, who in self.people.items():
            self.clerks[code].log_in(who)
        self.ids = self._ids()

    def scanned(self, code: str, who: Any, *, lent: bool = False) -> str:
        """Used at the counter of this store by this person; the merchant's number of it."""
        party = self.party
        with self.app.app_context():
            made = claiming.claim(party.citizen, (party.rental if lent else party.voucher).id, None, None)
            shown = presenting.present(party.citizen.id, made.id).code
            counter = Counter(party.till.merchant_id, code, f"merchant:{who.id}")
            sight = scanning.look(counter, shown)
            assert sight is not None
            return scanning.use(counter, out_redemption_no=sight.number, service_id=sight.service_id,
                                entitlement_no=sight.entitlement_no).out_redemption_no

    def marks(self) -> set[str]:
        """Texts that only this party's pages may hold."""
        shared = {"appid", "now", "day", "due", "paid", "fresh", "nothing"}
        own = {value for name, value in self.ids.items() if name not in shared}
        return own | {f"权益{self.party.mark}", f"门店{self.party.mark}", f"分店{self.party.mark}",
                      self.party.till.mchid, self.manager.login, *(who.login for who in self.people.values())}

    def _ids(self) -> Ids:
        party, code = self.party, self.party.store
        # what is named the same in two things is the one of the last
        ids = {**party.thing("permitted"), **party.thing("proven"), **party.thing("owed"), **party.thing("verified")}
        ids["presentation"] = party.thing("shown")["presentation"]
        ids["now"] = ids["now"].replace("+00:00", "Z")
        ids["fresh"] = f"FRESH-{party.mark}"
        ids["scanned_no"] = self.scanned(code, self.manager)
        ids["lent_no"] = self.scanned(code, self.manager, lent=True)
        with self.app.app_context():
            merchant_id = party.till.merchant_id
            order = orders.by_number(merchant_id, ids["out_order_no"])
            redemption = redeeming.find(merchant_id, ids["scanned_no"])
            assert order is not None
            ids |= {"store_uuid": str(self.stores[code].id), "clerk_id": str(self.people[code].id),
                    "serial_no": party.till.serial_no, "offer_id": str(party.voucher.id), "order_no": order.order_id,
                    "redemption_no": redemption.redemption_no, "appeal_no": self._appeal(order.entitlement_id)}
        (told,) = party.db.execute("SELECT id FROM notifications WHERE merchant_id = %s LIMIT 1",
                                   (merchant_id,)).fetchone() or (None,)
        ids["notification_no"] = putting.number(told)
        return ids

    def _appeal(self, entitlement_id: Any) -> str:
        with transaction():
            citizen = citizens.lock(self.party.citizen.id)
            assert citizen is not None
            said = Objection("entitlement", str(entitlement_id), "我已归还")
            return opening.put_down(citizen, said, Clocks(1, 5, 24), "pass").appeal_no


def send(by: Visitor, method: str, path: str, form: Ids | None = None) -> Any:
    """A form carries its token, as a page of ours would send it."""
    if method == "GET":
        return by.client.get(path)
    found = TOKEN.search(by.client.get("/console/account/password").text)
    assert found
    return by.client.post(path, data={**(form or {}), "csrf_token": found[1]})


def shown(answer: Any, *echoed: str) -> tuple[int, str]:
    """Status and body without what the asker sent itself."""
    text = answer.get_data().decode("utf-8", "replace")
    for each in sorted(echoed, key=len, reverse=True):
        text = text.replace(each, "…").replace(json.dumps(each)[1:-1], "…")
    return answer.status_code, REQUEST_ID.sub("…", text)
