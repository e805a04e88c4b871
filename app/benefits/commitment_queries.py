"""Undertakings that are public: their texts, for what and before whom, when. Never who (the text says so, item 6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.benefits.models import Commitment, Entitlement, Offer
from app.kernel.db import session
from app.kernel.http import page
from app.merchants import queries as merchants
from app.scenario.access import scenarios


@dataclass(frozen=True)
class Public:
    """One of them. `matter`: the offer's title; `body`: before whom."""

    commitment_no: str
    matter: str
    body: str
    signed_at: datetime
    template_version: str
    text: str


def made_public(args: dict[str, Any]) -> tuple[list[Public], str | None]:
    """A page, newest first, and the next cursor. `args`: limit, cursor?, region? (where the offer holds).

    Only those whose very text an installed scenario says to be public.
    """
    digests = [each.digest for scenario in scenarios().values()
               for each in scenario.manifest.commitments if each.public]
    query = select(Commitment).where(Commitment.digest.in_(digests))
    if region := args.get("region"):
        query = query.join(Entitlement, Entitlement.id == Commitment.entitlement_id).join(
            Offer, Offer.id == Entitlement.offer_id).where(Offer.region == region)
    rows, cursor = page(query, (Commitment.id,), args)
    return _told(rows), cursor


def _told(rows: list[Commitment]) -> list[Public]:
    offers = {entitlement: (title, merchant) for entitlement, title, merchant in session().execute(
        select(Entitlement.id, Offer.title, Offer.merchant_id).join(Offer, Offer.id == Entitlement.offer_id)
        .where(Entitlement.id.in_([each.entitlement_id for each in rows])))}
    bodies = merchants.many({merchant for _, merchant in offers.values()})
    return [Public(each.commitment_no, offers[each.entitlement_id][0],
                   bodies[offers[each.entitlement_id][1]].name, each.signed_at, each.template_version, each.text)
            for each in rows]
