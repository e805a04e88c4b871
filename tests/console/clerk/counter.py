"""A clerk's browser without JavaScript, and somebody before the counter."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from app.benefits import claiming, presenting
from app.benefits.models import Offer
from tests.benefits import ground
from tests.console.browsing import TOKEN, Visitor

SCAN = "/console/merchant/scan"


@dataclass(frozen=True)
class Shown:
    """An entitlement in somebody's hand."""

    citizen_id: uuid.UUID
    entitlement_id: uuid.UUID
    app: Any

    def code(self) -> str:
        with self.app.app_context():
            return presenting.present(self.citizen_id, self.entitlement_id).code

    def proof(self) -> str:
        with self.app.app_context():
            return presenting.present_offline(self.citizen_id, self.entitlement_id).code


def in_hand(app: Any, offer: Offer, number: int = 1) -> Shown:
    with app.app_context():
        citizen = ground.ready(number, offer)
        return Shown(citizen.id, claiming.claim(citizen, offer.id, None, None).id, app)


class Clerk(Visitor):
    """Somebody at the scan page."""

    def at_once(self, path: str, told: dict[str, Any]) -> Any:
        """What the page's script sends: the token of the page it stands on, wherever it goes."""
        found = TOKEN.search(self.get(f"{SCAN}/").text)
        assert found
        return self.client.post(SCAN + path, data={**told, "csrf_token": found[1]})

    def look(self, code: str, **more: str) -> Any:
        return self.at_once("/verify", {"code": code, **more})

    def use(self, page: Any, **more: str) -> Any:
        return self.at_once("/redeem", {**hidden(page.text), **more})


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the page's form that redeems."""
    form = page.partition("data-use")[2].partition("</form>")[0]
    return {name: value for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
            if name != "csrf_token"}


def counter_of(page: str) -> str:
    """What the page says, without its tokens."""
    told = page.partition('id="counter"')[2].partition("data-kept")[0]
    return re.sub(r"[0-9a-f]{32,64}", "…", told)
