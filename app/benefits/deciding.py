"""Deciding: may this citizen have this offer? Freshen outside, decide inside, keep what it takes to say it again."""

import uuid
from dataclasses import dataclass

from app.benefits import audience, facts, offers
from app.benefits.models import Decision, Offer
from app.consent import checking
from app.consent.errors import ConsentRequired
from app.consent.needs import Need
from app.credit import grades, keeping, scale
from app.identity import queries as citizens
from app.identity import sealing
from app.identity.errors import Unauthenticated
from app.identity.queries import Citizen
from app.kernel import clock, jsons
from app.kernel.db import need_transaction, session, transaction
from app.kernel.ids import new_id
from app.merchants import queries as merchants
from app.scenario.access import scenarios
from app.scenario.conditions import evaluate, to_json
from app.scenario.contract import Conditions, Equals
from app.scenario.manifest import Word
from app.trail import writing

CONSENT_MISSING = "consent_missing"
BUILT_IN = {
    CONSENT_MISSING: Word(
        "您还没有同意办理这项权益所需的授权，因此没有查询和判定。",
        "《个人信息保护法》第十三条、第二十九条（处理敏感个人信息须取得单独同意）",
        "阅读并同意所列的授权后再次判定；不同意也没有关系，您仍可按普通方式办理。"),
    offers.RESTRICTED.why: Word(
        "您目前在严重失信主体名单公示期内，暂不能享受以信用等级为条件的权益；普通方式不受影响。",
        "《国务院办公厅关于进一步完善失信约束制度 构建诚信建设长效机制的指导意见》（国办发〔2020〕49号）",
        "履行义务后可向认定单位申请信用修复、移出名单，移出后即可再次判定；如认为列入有误，可以提出异议。"),
    **audience.WORDS,
}


@dataclass(frozen=True)
class Reason:
    """One unmet condition in words for the citizen; `appeal`: it can be objected to."""

    code: str
    message: str
    legal_ground: str
    how: str
    appeal: bool = True


def may_have(citizen: Citizen, offer_id: uuid.UUID) -> Decision:
    """Decide for a citizen who asks. Raises OfferNotFound, OfferClosed, PlatformUnavailable; a no is an answer."""
    offer = offers.get_live(offer_id)
    freshen(citizen, offer)
    with transaction():
        return decide(locked(citizen), offer)


def locked(citizen: Citizen) -> Citizen:
    """The citizen, locked first of all. Raises Unauthenticated for one who was erased meanwhile."""
    found = citizens.lock(citizen.id)
    if found is None:
        raise Unauthenticated
    return found


def freshen(citizen: Citizen, offer: Offer) -> None:
    """Ask the platform where the offer needs it, nothing fresh is kept and every consent is there.

    Raises PlatformUnavailable.
    """
    if not facts.asks_platform(offer) or keeping.fresh(citizen.id) or missing(citizen, offer):
        return
    try:
        grades.freshen(citizen, offer.scenario, merchants.get(offer.merchant_id).uscc)
    except ConsentRequired:
        return  # withdrawn this very moment: deciding finds it gone and says so


def missing(citizen: Citizen, offer: Offer) -> list[Need]:
    """The consents that the offer needs and the citizen hasn't given, or not any more."""
    return checking.missing(citizen.id, offers.needs(offer))


def decide(citizen: Citizen, offer: Offer) -> Decision:
    """The decision, written down in the caller's transaction with its consents locked until the commit.

    Without every consent nothing is looked at: the decision then stands on the consents alone. Raises
    PlatformUnavailable where the platform's facts went away since they were freshened.
    """
    need_transaction()
    asked, seen, consent_id = _ground(citizen, offer)
    best_first = scale.scale()
    found = evaluate(asked, seen, best_first)
    decision = Decision(
        id=new_id(), citizen_id=citizen.id, offer_id=offer.id, scenario=offer.scenario, conditions=to_json(asked),
        rule_version=offers.rule_version(offer), scale=list(best_first),
        facts_sealed=sealing.seal_for(citizen, "decision.facts", jsons.dumps(dict(found.seen))),
        eligible=found.eligible, unmet=list(found.unmet), made_at=clock.now())
    session().add(decision)
    if asked_for_facts(decision):
        purpose = offers.scenario_of(offer).manifest.purpose
        writing.record(citizen.id, actor="system", who="信易+", what="eligibility.decide", purpose=purpose,
                       consent_id=consent_id, about=f"decision:{decision.id}")
    return decision


def asked_for_facts(decision: Decision) -> bool:
    """Whether the rules were evaluated; without every consent they were not."""
    return CONSENT_MISSING not in decision.unmet


def reasons(decision: Decision) -> list[Reason]:
    """Why not, one for each unmet condition, in the rules' order."""
    scenario = scenarios()[decision.scenario]
    words = [(why, BUILT_IN[why] if why in BUILT_IN else scenario.word(why)) for why in decision.unmet]
    return [Reason(why.upper(), word.message, word.legal_ground, word.how) for why, word in words]


def _ground(citizen: Citizen, offer: Offer) -> tuple[Conditions, dict[str, object], uuid.UUID | None]:
    """What is evaluated, on which facts, and the consent that the look at them stands on."""
    needs = offers.needs(offer)
    live = {need.scope: consent for need, consent in zip(  # held off from withdrawal till the commit
        needs, checking.meeting(citizen.id, needs, lock=True), strict=True)}
    if all(live.values()):
        looks = [consent.id for scope, consent in live.items() if consent and scope.endswith(".read")]
        return offers.conditions(offer), facts.gather(citizen, offer), looks[0] if looks else None
    given: dict[str, object] = {f"consent.{scope}": consent is not None for scope, consent in live.items()}
    return tuple(Equals(name, True, why=CONSENT_MISSING) for name in given), given, None
