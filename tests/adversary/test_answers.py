"""Ten thousand answers to a merchant hold no grade, name, reason, number or phone (promises T7).

A generator plays citizens of every grade, with and without consent, on lists and restricted, at every kind of call and
page; every answer and every notification is kept and looked through. `make proof-answers` plays until 10,000 are kept.

Breaks sown, each is found (`a_mistake_is_heard`): a title that tells the grade, an openid that is the citizen's
number with us, a refusal in the words of the reason, a page that shows a name.
"""

import dataclasses
import os
import random
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.benefits import claiming, handing_in, presenting, verifying
from app.benefits.deciding import BUILT_IN
from app.benefits.models import Offer
from app.consent import queries as consents
from app.consent import withdrawing
from app.identity import queries as citizens
from app.identity import sealing
from app.identity.models import Citizen
from app.kernel import jsons
from app.kernel.errors import Refusal
from app.merchants import openids
from app.notifications import putting
from app.orders.errors import NotAuthorised
from app.staff import passwords
from tests.adversary.counters import Books, send
from tests.adversary.listening import OPENID, Heard, Kept, Listener
from tests.adversary.pages import PAGES
from tests.adversary.parties import Party
from tests.adversary.test_console_matrix import path, rules
from tests.benefits import ground
from tests.cast import Person
from tests.consent import ground as consent_ground
from tests.contract.scene import FORM, PDF, logged_in
from tests.merchant_api.conftest import till_of
from tests.merchant_api.till import Till
from tests.proofs import marked
from tests.staff.people import QUICK

__all__ = ["till_of"]
FULL = os.environ.get("PROOF") == "full"
ANSWERS = int(os.environ.get("ANSWERS", "10000" if FULL else "80"))
GRADES = ("AAA", "AA", "A", "B", "C", "D", "NONE")
PEOPLE = 330  # of the 336 marked people; the last ones are for what is sown
MOST = 336


class Play:
    """One merchant, and citizens who come one after the other."""

    def __init__(self, books: Books, kept: Kept) -> None:
        self.books, self.party, self.app, self.kept = books, books.party, books.app, kept
        self.random, self.ids, self.rental = random.Random(20261123), list[str](), books.party.rental
        kept.listen(self.party.till.client)
        for visitor in (books.visitor, *books.clerks.values()):
            kept.listen(visitor.client)

    def come(self, number: int, *, sown: bool = False) -> None:
        """The citizen of this number, and everything that can be done with them at this merchant's."""
        grade = GRADES[number % len(GRADES)]
        papers = marked.papers(number % MOST)
        told = Person(f"{OPENID}-{number}", papers["name"], papers["id_number"], papers["phone"], grade)
        if number < PEOPLE or sown:
            with self.app.app_context():
                citizen = consent_ground.citizen(told)
                self.ids.append(str(citizen.id))
                agrees = number % 4 != 3
                if agrees:
                    for offer in (self.rental, self.party.voucher, self.party.fast):
                        ground.agrees(citizen, offer)
                    ground.answered(citizen, grade, (ground.OUTSTANDING,) if number % 2 else (), number % 5 == 4)
            self.party.phone = {"Authorization": f"Bearer {self._token(citizen)}"}
            for act in (self.shows, self.rents, self.is_permitted, self.applies, self.is_checked):
                act(citizen, agrees)
        self.looks_around()

    def shows(self, citizen: Citizen, agrees: bool) -> None:
        """A voucher at the till and at the clerk's page, and codes that are none."""
        code = self._code(citizen, self.party.voucher) or "".join(self.random.choices(presenting.ALPHABET, k=22))
        till, store = self.party.till, next(iter(self.books.clerks))
        send(self.books.clerks[store], "POST", "/console/merchant/scan/verify", {"code": code})
        seen = till.post("/v3/xinyi/verifications", {"presentation": code}).json
        told = {"presentation": code, "service_id": self.party.voucher.service_id,
                "out_redemption_no": (number := self.party.number())}
        till.post("/v3/xinyi/redemptions", told)
        till.post("/v3/xinyi/redemptions", {**told, "out_redemption_no": self.party.number()})
        till.get(f"/v3/xinyi/redemptions/{number}")
        till.post(f"/v3/xinyi/redemptions/{number}/reversal", {"reason": "误扫"})
        if "entitlement_no" in seen:
            till.get(f"/v3/xinyi/applications/{seen['entitlement_no']}")

    def rents(self, citizen: Citizen, agrees: bool) -> None:
        """An order that is confirmed or not, and what follows."""
        till, order = self.party.till, self.party.order()
        asked = till.post("/v3/payscore/serviceorder", order).json
        self.app.test_client().post(f"/api/v1/orders/{asked['package']}/confirmation", headers=self.party.phone)
        which = {"appid": order["appid"], "service_id": order["service_id"]}
        base = f"/v3/payscore/serviceorder/{order['out_order_no']}"
        due = {"post_payments": [{"name": "租金", "amount": 100}], "total_amount": 100}
        query = "&".join(f"{name}={value}" for name, value in which.items())
        till.get(f"/v3/payscore/serviceorder?{query}&out_order_no={order['out_order_no']}")
        for act, more in (("complete", due), ("modify", {**due, "reason": "减免"}), ("pay", {}),
                          ("sync", {"type": "Order_Paid", "detail": {"paid_time": "20260101000000"}}),
                          ("cancel", {"reason": "用户投诉"})):
            till.post(f"{base}/{act}", {**which, **more})

    def is_permitted(self, citizen: Citizen, agrees: bool) -> None:
        """A permission, an order by it, and one more after the consents were taken back."""
        if not agrees:
            self.party.till.post("/v3/payscore/serviceorder", self.party.order(
                need_user_confirm=False, openid="o" + "0" * 27))
            return
        openid = self.party.permission(self.party.phone)["openid"]
        by = {"need_user_confirm": False, "openid": openid}
        self.party.till.post("/v3/payscore/serviceorder", self.party.order(**by))
        with self.app.app_context():
            found = citizens.get(citizen.id)
            assert found is not None
            for each in consents.all_of(citizen.id):
                withdrawing.withdraw(found, each.id)
        self.party.till.post("/v3/payscore/serviceorder", self.party.order(**by))

    def applies(self, citizen: Citizen, agrees: bool) -> None:
        """A fast-track application; what the citizen sends to the body is sent on purpose, and names nobody here."""
        with self.app.app_context():
            if agrees:
                ground.agrees(citizen, self.party.fast)
            made = self._claimed(citizen, self.party.fast, FORM)
            if made is None:
                return
            handing_in.hand_in(citizen.id, made.id, "登记申请书", handing_in.File("a.pdf", PDF))
            text = handing_in.template(made)
            assert text is not None
            handing_in.sign(citizen.id, made.id, text["template_version"], text["digest"])
            code = presenting.present(citizen.id, made.id).code
        self.party.till.post("/v3/xinyi/verifications", {"presentation": code})
        here = f"/v3/xinyi/applications/{made.entitlement_no}"
        self.party.till.get(here)
        for act, body in (("acceptance", {}), ("fulfilment", {"result_no": "R-1"})):
            self.party.till.post(f"{here}/{act}", body)

    def is_checked(self, citizen: Citizen, agrees: bool) -> None:
        number = self.party.number()
        asked = self.party.good("POST", "/v3/xinyi/checks", {"out_check_no": number, "matter": "设立登记"})
        self.app.test_client().post(f"/api/v1/checks/{asked['qr_content']}/consents", headers=self.party.phone,
                                    json={"consents": []})
        self.party.till.get(f"/v3/xinyi/checks/{number}")
        self.party.till.post(f"/v3/xinyi/checks/{number}/response", {"officer": "W-07"})

    def looks_around(self) -> None:
        """Some pages of the manager's and of a clerk's; now and then a statement."""
        for rule in self.random.sample(sorted(rules(self.app), key=str), 6):
            if "GET" in (rule.methods or ()):
                send(self.books.visitor, "GET", path(rule, PAGES[rule.endpoint], self.books.ids))
        clerk = self.random.choice([*self.books.clerks.values()])
        send(clerk, "GET", f"/console/merchant/{self.random.choice(('', 'scan/', 'scan/today', 'scan/open'))}")
        bill = self.party.thing("billed")
        self.party.till.get(f"/v3/billdownload/file?token={bill['token']}")
        for page in ("orders", "redemptions"):
            send(self.books.visitor, "POST", f"/console/merchant/{page}/", {"purpose": "对账"})

    def _token(self, citizen: Citizen) -> str:
        with self.app.app_context():
            return logged_in(citizen)[0]

    def _code(self, citizen: Citizen, offer: Offer) -> str | None:
        with self.app.app_context():
            made = self._claimed(citizen, offer)
            return None if made is None else presenting.present(citizen.id, made.id).code

    def _claimed(self, citizen: Citizen, offer: Offer, form: dict[str, Any] | None = None) -> Any:
        """None for every no."""
        found = citizens.get(citizen.id)
        assert found is not None
        try:
            return claiming.claim(found, offer.id, None, form)
        except Refusal:
            return None


@pytest.fixture
def kept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Of notifications what the merchant reads once it has opened them."""
    kept, notify = Kept(), putting.notify

    def telling(merchant_id: Any, event_type: str, subject: str, resource: Any, **more: str) -> str:
        kept.append(Heard(f"notification {event_type}", subject, jsons.dumps({**resource, "summary": more["summary"]})))
        return notify(merchant_id, event_type, subject, resource, **more)

    monkeypatch.setattr(putting, "notify", telling)
    monkeypatch.setattr(passwords, "HASHER", QUICK)
    return kept


@pytest.fixture
def play(app: Flask, db: psycopg.Connection, till_of: Callable[..., Till], sandbox: object, kept: Kept) -> Play:
    return Play(Books(Party(app, db, till_of(1, "public_body"), "N")), kept)


def heard(play: Play) -> Counter[tuple[str, str]]:
    """(what, where) of all that shouldn't stand in what is kept."""
    with play.app.app_context():
        listener = Listener(play.ids)
    return Counter((what, each.place) for each in play.kept for what in listener.found(each))


def test_no_answer_tells_of_a_citizen(play: Play, kept: Kept, monkeypatch: pytest.MonkeyPatch,
                                      capsys: pytest.CaptureFixture[str]) -> None:
    number = 0
    while len(kept) < ANSWERS:
        play.come(number)
        number += 1
    statuses = Counter(each.head for each in kept if each.place.startswith("notification"))
    assert statuses, "notifications were listened to"
    assert heard(play) == {}
    if FULL:
        with capsys.disabled():
            print(f"\n{len(kept)} answers about {min(number, PEOPLE)} citizens, {len({each.place for each in kept})} "
                  "addresses: nothing found")
    kept.clear()
    a_mistake_is_heard(play, kept, monkeypatch)


def a_mistake_is_heard(play: Play, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mistakes such as a next change could bring, sown one after the other; each is found."""
    def title(merchant_id: Any, code: str, service_id: Any) -> Any:
        answer = verify(merchant_id, code, service_id)
        return dataclasses.replace(answer, title="AA") if answer.eligible else answer

    verify = verifying.verify
    with monkeypatch.context() as sown:
        sown.setattr(verifying, "verify", title)
        sown.setattr(NotAuthorised, "detail", BUILT_IN["consent_missing"].message)
        sown.setattr(openids, "pairwise", lambda merchant_id, citizen_id: str(citizen_id).replace("-", ""))
        for each in range(MOST - 3, MOST):  # nobody who was there already
            play.come(each, sown=True)
    found = {what for what, _ in heard(play)}
    assert {"grade: AA", "citizen's own number"} <= found
    assert any(each.startswith("reason: ") for each in found)
    kept.clear()
    with play.app.app_context():
        citizen = citizens.get(uuid.UUID(play.ids[0]))
        name = sealing.open_for(citizen, sealing.NAME, citizen.name_sealed).decode()
    monkeypatch.setattr("app.console.cells.yuan", lambda fen: name)
    send(play.books.visitor, "GET", "/console/merchant/redemptions/")
    assert {what for what, _ in heard(play)} == {"name"}
