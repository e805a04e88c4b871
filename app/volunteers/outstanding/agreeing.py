"""What a nominee agrees to: the look at their credit, and being nominated and shown. Two consents, never one.

Recipient is the organisation that decides, in this campaign: an offer's consents don't do for it, nor last year's.
Taking the second one back takes the nomination back, or the name from the public list (decision 0221).
"""

import uuid

from sqlalchemy import select, update

from app.consent import checking, granting, withdrawing, wording
from app.consent.needs import Need
from app.consent.queries import Consent
from app.identity import queries as citizens
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import session
from app.kernel.settings import settings
from app.scenario.facts import GRADE_SCOPE
from app.volunteers.outstanding import moving
from app.volunteers.outstanding.errors import NominationMoved
from app.volunteers.outstanding.models import Campaign, Nomination

PUBLISH_SCOPE = "list.publish"
SCENARIO = "volunteer"
OVER = ("refused", "withdrawn", "expired", "left", "removed")


def recipient(campaign: Campaign) -> str:
    """One consent for each campaign: another one's, at the same time too, is another purpose."""
    return f"league:{campaign.id}"


def needs(campaign: Campaign) -> list[Need]:
    """The two consents, each with its exact text."""
    year = f"{campaign.year}年度优秀青年志愿者评定（{campaign.name}）"
    return [_need(campaign, GRADE_SCOPE, "grade.nomination", f"为{year}核对本人的信用情况"),
            _need(campaign, PUBLISH_SCOPE, "list.publish", f"为{year}公示本人的推荐信息")]


def missing(citizen: Citizen, campaign: Campaign) -> list[Need]:
    """Those that the person hasn't given, or not any more."""
    return checking.missing(citizen.id, needs(campaign))


def agree(citizen: Citizen, nomination_id: uuid.UUID, scope: str, text_version: str, text_digest: str) -> Consent:
    """The person's own yes to one of them. Raises NominationUnknown, NominationMoved (it is over),
    ConsentTextChanged.
    """
    nomination, campaign = own(citizen, nomination_id)
    need = next((each for each in needs(campaign) if each.scope == scope), None)
    if nomination.state in OVER or need is None:
        raise NominationMoved
    return granting.grant(citizen, need, text_version, text_digest)


def own(citizen: Citizen, nomination_id: uuid.UUID) -> tuple[Nomination, Campaign]:
    """The person's nomination; another's is as good as absent. Raises NominationUnknown."""
    found = session().execute(
        select(Nomination, Campaign).join(Campaign, Campaign.id == Nomination.campaign_id)
        .where(Nomination.id == nomination_id, Nomination.identity_index == citizen.identity_index)
        .execution_options(populate_existing=True)).first()
    if found is None:
        raise moving.NominationUnknown
    return found[0], found[1]


@withdrawing.after("nominations")
def taken_back(consent: Consent) -> None:
    """In the withdrawal's own transaction, also where the person leaves us: nothing is shown any more."""
    citizen = citizens.get(consent.citizen_id)
    if consent.scope != PUBLISH_SCOPE or citizen is None or citizen.identity_index is None:
        return
    mine = (Nomination.identity_index == citizen.identity_index) & (
        Nomination.campaign_id == uuid.UUID(consent.recipient_id.removeprefix("league:")))
    for each in session().scalars(select(Nomination).where(mine, Nomination.state.in_(moving.BEFORE_LISTING))
                                  .order_by(Nomination.id).with_for_update(key_share=True)
                                  .execution_options(populate_existing=True)):
        moving.go(each, "withdraw", "citizen", publicised_to=None)
    session().execute(update(Nomination).where(mine, Nomination.unpublished_at.is_(None))
                      .values(unpublished_at=clock.now()).execution_options(synchronize_session=False))


def _need(campaign: Campaign, scope: str, text_name: str, purpose: str) -> Need:
    told = settings()
    text = wording.fill(text_name, {
        "operator": told.OPERATOR_NAME, "platform": told.PLATFORM_NAME, "recipient": campaign.recipient,
        "purpose": purpose, "days": str(told.CONSENT_DAYS), "keep_days": str(told.GRADE_KEEP_DAYS)})
    return Need(scope, purpose, SCENARIO, recipient(campaign), campaign.recipient, text.text, text.version, text.digest)
