"""The doors at which a merchant may be told no about a person, and the three kinds of no at each.

A code stands for what was granted (docs/decisions/0081), so that at the doors that take a code nobody can stand without
having had it granted: there "not consented" has withdrawn and given back, "not eligible" has run out.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from app.benefits import cancelling, claiming, presenting
from app.benefits.models import Offer
from app.consent import queries as consents
from app.consent import withdrawing
from app.identity.models import Citizen
from tests.adversary.parties import Ids, Party
from tests.benefits import ground
from tests.contract.scene import FAST, logged_in

NOBODY, NO_CONSENT, NOT_ELIGIBLE = KINDS = ("no such code", "not consented", "not eligible")
Ask = tuple[str, str, bytes]  # method, path, body


@dataclass(frozen=True)
class Door:
    """`calls[kind]` makes the next call of that kind; each is another one."""

    name: str
    calls: dict[str, Callable[[], Ask]]


class Noes:
    """A counter at which three people stand: nobody whom it knows, one who agrees to nothing now, one with grade D."""

    def __init__(self, app: Any, db: psycopg.Connection, party: Party) -> None:
        self.app, self.db, self.party = app, db, party
        self.people: dict[int, Citizen] = {}
        with app.app_context():
            self.codes = {NO_CONSENT: self._given_back(), NOT_ELIGIBLE: self._run_out()}
            self.openids = {NO_CONSENT: self._permitted(201, "A"), NOT_ELIGIBLE: self._permitted(202, "D")}
            self._withdraw(self.people[201])
        # codes last for a minute, this longer
        db.execute("UPDATE presentations SET expires_at = created_at + interval '1 day'")
        self.checks = dict(zip(KINDS, self._checks(), strict=True))

    def doors(self) -> Iterator[Door]:
        yield Door("verification", {kind: self._verification(kind) for kind in KINDS})
        yield Door("redemption", {kind: self._redemption(kind) for kind in KINDS})
        yield Door("order", {kind: self._order(kind) for kind in KINDS})
        yield Door("check", {kind: self._check(kind) for kind in KINDS})

    # -- calls -----------------------------------------------------------------------------------------------

    def _code(self, kind: str) -> str:
        return self.codes.get(kind) or "".join(secrets.choice(presenting.ALPHABET) for _ in range(22))

    def _verification(self, kind: str) -> Callable[[], Ask]:
        return lambda: _post("/v3/xinyi/verifications", {"presentation": self._code(kind)})

    def _redemption(self, kind: str) -> Callable[[], Ask]:
        return lambda: _post("/v3/xinyi/redemptions", {
            "presentation": self._code(kind), "service_id": self.party.voucher.service_id,
            "out_redemption_no": self.party.number()})

    def _order(self, kind: str) -> Callable[[], Ask]:
        return lambda: _post("/v3/payscore/serviceorder", self.party.order(
            need_user_confirm=False, openid=self.openids.get(kind) or "o" + secrets.token_urlsafe(20)[:27]))

    def _check(self, kind: str) -> Callable[[], Ask]:
        return lambda: ("GET", f"/v3/xinyi/checks/{self.checks[kind]}", b"")

    # -- people ----------------------------------------------------------------------------------------------

    def _given_back(self) -> str:
        citizen, entitlement_id, code = self._shown(203)
        self._withdraw(citizen)
        cancelling.cancel(citizen, entitlement_id)
        return code

    def _run_out(self) -> str:
        _, entitlement_id, code = self._shown(204)
        self.db.execute("UPDATE entitlements SET valid_from = valid_from - interval '99 days', "
                        "valid_to = now() - interval '1 hour' WHERE id = %s", (entitlement_id,))
        return code

    def _shown(self, number: int) -> tuple[Citizen, Any, str]:
        citizen = ground.ready(number, self.party.voucher)
        made = claiming.claim(citizen, self.party.voucher.id, None, None)
        return citizen, made.id, presenting.present(citizen.id, made.id).code

    def _withdraw(self, citizen: Citizen) -> None:
        for each in consents.all_of(citizen.id):
            withdrawing.withdraw(citizen, each.id)

    def _permitted(self, number: int, grade: str) -> str:
        """Somebody who has opened the service; their openid."""
        self.people[number] = citizen = ground.ready(number, self.party.rental, grade)
        phone = {"Authorization": f"Bearer {logged_in(citizen)[0]}"}
        return self.party.permission(phone)["openid"]

    def _checks(self) -> list[str]:
        """Three checks that are over: nobody scanned; scanned and agreed to nothing; scanned and not eligible."""
        with self.app.app_context():
            offer: Offer = ground.offer(mchid=self.party.till.mchid, title="绿色通道", scenario="fast_track",
                                        terms={**FAST, "min_grade": "AAA", "accept_outstanding": False}, value_fen=0)
            able = ground.ready(205, offer, "D", red_lists=())
            plain = ground.person(206)
            phones = [{"Authorization": f"Bearer {logged_in(each)[0]}"} for each in (plain, able)]
        made: list[Ids] = [{"number": self.party.number()} for _ in KINDS]
        for each in made:
            each["code"] = self.party.good("POST", "/v3/xinyi/checks", {
                "out_check_no": each["number"], "matter": "设立登记", "service_ids": [offer.service_id]})["qr_content"]
        for each, phone in zip(made[1:], phones, strict=True):
            answer = self.app.test_client().post(f"/api/v1/checks/{each['code']}/consents", headers=phone,
                                                 json={"consents": []})
            assert answer.status_code == 200, answer.text
        self.db.execute("UPDATE checks SET created_at = created_at - interval '301 s', "
                        "expires_at = expires_at - interval '301 s', ends_at = ends_at - interval '301 s'")
        return [each["number"] for each in made]


def _post(path: str, body: dict[str, Any]) -> Ask:
    return "POST", path, json.dumps(body).encode()
