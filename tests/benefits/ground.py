"""People, shops and offers, made by verbs: for tests that need many of them, or no platform."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.benefits import offers
from app.benefits.models import Offer
from app.consent import checking, granting
from app.credit import keeping
from app.credit.models import CreditQuery
from app.gateways.platform.answers import GradeAnswer
from app.identity import numbers, sealing
from app.identity import queries as citizens
from app.identity.models import Citizen
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.ids import new_id
from app.merchants import enrolling, queries, uscc
from app.merchants.models import Merchant

OUTSTANDING = "outstanding_youth_volunteer"
RENTAL = {"min_grade": "A", "item": "umbrella", "deposit_ceiling_fen": 3000, "max_days": 3, "max_open": 20}
VOUCHER = {"by": "outstanding", "benefit": "free"}


def person(number: int, born: str = "19960307", region: str = "360102") -> Citizen:
    """A verified citizen; the identity number is made up from `number` and has a right check digit."""
    first = f"{region}{born}{number:03d}"
    id_number = first + numbers.check_digit(first)
    citizen = Citizen(id=new_id(), openid_index=sealing.openid_index(f"o-{number}-{born}"),
                      identity_index=sealing.identity_index(id_number), verified_at=clock.now())
    citizen.data_key = sealing.new_key(citizen.id)
    citizen.name_sealed = sealing.seal_for(citizen, sealing.NAME, f"示例{number}".encode())
    citizen.id_number_sealed = sealing.seal_for(citizen, sealing.ID_NUMBER, id_number.encode())
    citizen.openid_sealed = sealing.seal_for(citizen, sealing.OPENID, f"o-{number}".encode())
    with transaction() as s:
        s.add(citizen)
    return citizen


def shop(number: int = 1, name: str = "赣江畔共享租借") -> Merchant:
    """A merchant with a made-up USCC that passes the check; the one of this number where it is there."""
    found = queries.by_mchid(f"16{number:08d}")
    if found is not None:
        return found
    first = f"91360100MADEMT{number:03d}"
    new = enrolling.NewMerchant(name, first + uscc.check_character(first), mchid=f"16{number:08d}")
    return enrolling.enrol(new)


def told(**other: Any) -> dict[str, Any]:
    """What an operator tells of an offer: an open rental of umbrellas from grade A on, unless told otherwise."""
    now = datetime.now(UTC)
    return {"code": f"T-{new_id().hex}", "scenario": "rental", "mchid": "1600000001", "title": "免押借雨伞",
            "summary": "信用良好者免 30 元押金借雨伞。", "terms": RENTAL, "region": "360100",
            "opens_at": (now - timedelta(hours=1)).isoformat(), "closes_at": (now + timedelta(days=90)).isoformat(),
            "valid_days": 30, "value_fen": 3000, **other}


def offer(**other: Any) -> Offer:
    """The same, made."""
    shop()
    return offers.make(told(**other))


def voucher(**other: Any) -> Offer:
    """An offer for outstanding young volunteers: claimed as often as its quotas let."""
    return offer(**{"scenario": "volunteer", "terms": VOUCHER, "title": "优秀青年志愿者咖啡礼遇", **other})


def agrees(citizen: Citizen, to: Offer) -> None:
    """Give every consent that the offer needs."""
    for need in offers.needs(to):
        granting.grant(citizen, need, need.text_version, need.text_digest)


def ready(number: int, to: Offer, grade: str = "A", red_lists: tuple[str, ...] = (OUTSTANDING,),
          restricted: bool = False) -> Citizen:
    """A person who has agreed to all that the offer needs and of whom the platform has just said this."""
    citizen = person(number)
    agrees(citizen, to)
    answered(citizen, grade, red_lists, restricted)
    return citizen


def answered(citizen: Citizen, grade: str = "A", red_lists: tuple[str, ...] = (OUTSTANDING,),
             restricted: bool = False) -> None:
    """Keep a grade for the citizen as the platform's answer of this moment would be kept."""
    consent = checking.any_live(citizen.id, "grade.read")
    assert consent is not None, "nobody looks without a consent"
    today, query_id = clock.today(), new_id()
    with transaction() as s:
        s.add(CreditQuery(id=query_id, citizen_id=citizen.id, consent_id=consent.id, authorization_id="A-test",
                          scenario=consent.scenario, purpose=consent.purpose, state="answered"))
        s.flush()
        citizens.lock(citizen.id)
        said = GradeAnswer("Q-test", grade, today, today + timedelta(days=20), list(red_lists), restricted,
                           clock.now())
        keeping.keep_answer(citizen, said, query_id, keeping.revision(citizen.id))
