"""Redeemed benefits whose usages are owed to the platform."""

from app.benefits import claiming, presenting, redeeming
from app.benefits.models import Usage
from app.consent import checking, registering
from app.identity.models import Citizen
from app.kernel.db import session
from app.merchants import queries as merchants
from tests.benefits import ground
from tests.cast import LIU, verified


def liu(app, sandbox, offer_id):
    """The id of Liu (on the outstanding list), who has agreed to all that the offer needs, at the platform too."""
    me = verified(app.test_client(), sandbox, LIU)
    for need in me.get(f"/api/v1/offers/{offer_id}").json["needs"]["consents"]:
        given = me.post("/api/v1/consents", {"offer_id": str(offer_id),
                                             **{name: need[name] for name in ("scope", "text_version", "text_digest")}})
        assert given.status_code == 201, given.text
    return me


def use(app, person_id, offer, times):
    """Claim, show and redeem so many times; the usage numbers."""
    with app.app_context():
        citizen = session().get_one(Citizen, person_id)
        for consent in (checking.any_live(citizen.id, "usage.report"),):
            registering.ensure_registered(consent.id)
        shop = merchants.by_mchid("1600000001")
        numbers = []
        for count in range(times):
            entitlement = claiming.claim(citizen, offer.id, f"k{count}-{offer.code}", None)
            shown = presenting.present(citizen.id, entitlement.id)
            redeeming.redeem(shop.id, redeeming.Request(f"R{count}-{offer.code}"[:32], offer.service_id, shown.code))
            numbers.append(entitlement.id)
        return [row.usage_no for row in session().query(Usage).filter(Usage.entitlement_id.in_(numbers))
                .order_by(Usage.id)]


def voucher(app, **more):
    with app.app_context():
        made = ground.voucher(**more)
        session().expunge(made)
        return made


