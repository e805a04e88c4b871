"""Redeemed benefits whose usages are owed to the platform."""

from datetime import timedelta

from sqlalchemy import text

from app.benefits import claiming, presenting, redeeming
from app.benefits.models import Usage
from app.consent import checking, registering
from app.feedback.models import Feedback
from app.identity.models import Citizen
from app.kernel import clock
from app.kernel.db import session, transaction
from app.merchants import queries as merchants
from tests.benefits import ground
from tests.cast import LIU, verified
from tests.feedback.bad_days import no_hold


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


COPIES = """
WITH made AS (
  INSERT INTO usages SELECT (jsonb_populate_record(CAST(NULL AS usages), to_jsonb(old) || jsonb_build_object(
      'id', new.id, 'usage_no', 'U' || lpad(to_hex(place), 8, '0') || right(replace(new.id::text, '-', ''), 24),
      'ordinal', place, 'occurred_at', CAST(:first_at AS timestamptz) + place * CAST(:step AS interval),
      'corrects', CAST(:corrects AS text), 'initiative_no', CAST(:initiative_no AS text)))).*
  FROM (SELECT * FROM usages WHERE usage_no = :like) old,
       (SELECT gen_random_uuid() id, place
        FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) place) new
  RETURNING id, usage_no, ordinal, occurred_at)
INSERT INTO outbox (topic, key, payload, state, attempts, next_at, created_at)
SELECT 'usage', usage_no, jsonb_build_object('usage_id', id), 'pending', 0,
       CAST(:due_at AS timestamptz) + ordinal * CAST(:due_step AS interval), CAST(:due_at AS timestamptz) FROM made
RETURNING key
"""


def copies(like, count, *, first_at=None, step=timedelta(), due_at=None, due_step=timedelta(0, 0, 1), corrects=None,
           initiative_no=None):
    """So many more usages like that one, with their messages; their numbers in order.

    They occurred from `first_at` on, `step` apart, and are due from `due_at` on (both: now, unless told).
    """
    moment = clock.now()
    with transaction() as s:
        s.execute(text("SET LOCAL statement_timeout = 0"))
        first = s.scalar(text("SELECT max(ordinal) + 1 FROM usages"))
        told = {"like": like, "first": first, "last": first + count - 1, "corrects": corrects,
                "initiative_no": initiative_no,
                "first_at": (first_at or moment) - first * step, "step": step,
                "due_at": (due_at or moment - timedelta(minutes=1)) - first * due_step, "due_step": due_step}
        return sorted(s.scalars(text(COPIES), told))


def tried(sandbox):
    """How many batches came to the sandbox while an order that never ends was in force."""
    return sum(fault["hits"] for fault in sandbox.control("GET", "/faults")["items"])


def pass_backoff(batch_no=None):
    """Every wait is over, of batches (or of this one) and of messages; the gateway's too."""
    no_hold()
    with transaction() as s:
        s.execute(text("UPDATE feedback_batches SET next_at = now() - interval '1 second' WHERE state = 'ready' "
                       "AND batch_no = coalesce(:batch_no, batch_no)"), {"batch_no": batch_no})
        s.execute(text("UPDATE outbox SET next_at = now() - interval '1 second' WHERE state = 'pending'"))
    session().expire_all()


def taken(sandbox):
    """What the platform accepted, in order."""
    return [row["record_no"] for row in sandbox.control("GET", "/platform/usages")["items"]]


def states():
    """How the feedback of each record stands."""
    session().expire_all()
    return {row.record_no: row.state for row in session().query(Feedback)}
