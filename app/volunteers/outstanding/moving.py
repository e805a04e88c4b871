"""The way of a nomination as a table, and its one step: a conditional write, places of quotas, the story, the trail.

A state holds places: forwarded to the city, the county's; forwarded to the province, the city's too. Whatever a move
is called, it takes what its target holds more and gives back what it holds less; from the listing on they stay taken.
"""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError

from app.identity import queries as citizens
from app.identity import telling
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import broke, need_transaction, session
from app.kernel.fields import NUMBERS
from app.staff import queries as staff
from app.staff.scoping import Scope
from app.trail import writing as trail
from app.volunteers.outstanding.errors import (
    NominationMoved,
    NominationUnknown,
    NotThisLevel,
    QuotaUsedUp,
    ReasonMissing,
    SamePerson,
)
from app.volunteers.outstanding.models import Campaign, Nomination, Quota, Step

WHO = "共青团组织"
PURPOSE = "评定优秀青年志愿者"
COUNTY, CITY = "county_id", "city_id"
BEFORE_LISTING = ("draft", "at_county", "at_city", "at_province", "approved", "publicised", "objected", "cleared")
HOLDS = {"draft": (), "at_county": (), "refused": (), "withdrawn": (), "at_city": (COUNTY,)}  # all others: both
PARTS = {"nominating": ("nominate", "amend", "submit", "retract"),  # of one person at most
         "county": ("forward_county", "return_county", "refuse_county"),
         "city": ("forward_city", "return_city", "refuse_city"),
         "province": ("approve", "return_province", "refuse_province"),
         "list": ("publicise", "resume", "uphold", "list")}
NOMINATES, REVIEWS, LISTS = ("registrar", "list_officer"), ("reviewer",), ("list_officer",)


@dataclass(frozen=True)
class Move:
    """`levels` and `roles` are of the staff who may; empty for the person's own moves and the clock's. `signs`: the
    column that keeps who did it. `clears`: columns of signatures that don't count any more.
    """

    words: str
    sources: tuple[str, ...]
    target: str
    levels: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    reason: bool = False
    signs: str | None = None
    clears: tuple[str, ...] = ()


MOVES: dict[str, Move] = {
    "submit": Move("提交推荐", ("draft",), "at_county", ("unit", "county"), NOMINATES, signs="submitted_by"),
    "forward_county": Move("县级审核通过", ("at_county",), "at_city", ("county",), REVIEWS, signs="county_by"),
    "forward_city": Move("市级审核通过", ("at_city",), "at_province", ("city",), REVIEWS, signs="city_by"),
    "approve": Move("省级审核通过", ("at_province",), "approved", ("province",), REVIEWS, signs="province_by"),
    "return_county": Move("县级退回", ("at_county",), "draft", ("county",), REVIEWS, reason=True,
                          clears=("submitted_by",)),
    "return_city": Move("市级退回", ("at_city",), "at_county", ("city",), REVIEWS, reason=True, clears=("county_by",)),
    "return_province": Move("省级退回", ("at_province",), "at_city", ("province",), REVIEWS, reason=True,
                            clears=("city_by",)),
    "refuse_county": Move("县级不予推荐", ("at_county",), "refused", ("county",), REVIEWS, reason=True),
    "refuse_city": Move("市级不予推荐", ("at_city",), "refused", ("city",), REVIEWS, reason=True),
    "refuse_province": Move("省级不予认定", ("at_province",), "refused", ("province",), REVIEWS, reason=True),
    "retract": Move("撤销推荐", ("draft",), "withdrawn", ("unit", "county"), NOMINATES, reason=True),
    "publicise": Move("开始公示", ("approved",), "publicised", ("province",), LISTS),
    "object": Move("收到异议，公示暂停", ("publicised",), "objected"),
    "resume": Move("异议不成立，公示继续", ("objected",), "publicised", ("province",), LISTS, reason=True),
    "uphold": Move("异议成立，不予认定", ("objected",), "refused", ("province",), LISTS, reason=True),
    "clear": Move("公示期满无异议", ("publicised",), "cleared"),
    "list": Move("列入名单", ("cleared",), "listed", ("province",), LISTS, signs="listed_by"),
    "withdraw": Move("本人撤回", BEFORE_LISTING, "withdrawn"),
    "open_hearing": Move("告知拟移出名单", ("listed",), "hearing", ("province",), LISTS, reason=True),
    "keep": Move("决定保留在名单内", ("hearing",), "listed", ("province",), LISTS, reason=True),
    "remove": Move("决定移出名单", ("hearing",), "removed", ("province",), LISTS, reason=True),
    "leave": Move("本人申请退出", ("listed", "hearing"), "left"),
    "expire": Move("有效期届满", ("listed", "hearing"), "expired"),
}


def by_staff(scope: Scope, nomination: Nomination, name: str, reason: str | None = None, **values: Any) -> None:
    """Somebody of the staff moves it; their role and level are looked at here.

    Raises RoleMissing, NotThisLevel, ReasonMissing, SamePerson, NominationMoved, QuotaUsedUp.
    """
    move = MOVES[name]
    scope.need(*move.roles)
    if scope.level not in move.levels:
        raise NotThisLevel
    _another(nomination, name, scope.account_id)
    if move.signs:
        values[move.signs] = scope.account_id
    go(nomination, name, scope.actor, scope.account_id, checked(reason) if move.reason else reason, **values)


def go(nomination: Nomination, name: str, actor: str, account_id: uuid.UUID | None = None, reason: str | None = None,
       **values: Any) -> None:
    """The move itself: nobody else has moved it meanwhile, and each step takes another person. The person is told.

    Raises NominationMoved, SamePerson, QuotaUsedUp.
    """
    need_transaction()
    move, source = MOVES[name], nomination.state
    if source not in move.sources:
        raise NominationMoved
    if move.target != "publicised":
        values["running_from"] = None
    values |= dict.fromkeys(move.clears) | {"state": move.target, "changed_at": clock.now()}
    try:
        moved = session().execute(update(Nomination).where(Nomination.id == nomination.id, Nomination.state == source)
                                  .values(**values).returning(Nomination.id)
                                  .execution_options(synchronize_session=False)).first()
    except IntegrityError as wrong:
        if broke(wrong, "ck_nominations_others"):
            raise SamePerson from None
        raise
    if moved is None:
        raise NominationMoved
    session().refresh(nomination)
    _count(nomination, source, move.target)
    tell(nomination, name, source, actor, account_id, reason)


def tell(nomination: Nomination, name: str, source: str, actor: str, account_id: uuid.UUID | None,
         reason: str | None) -> None:
    """The story's next line, the trail's, and a message to the person where they are a citizen of ours."""
    session().add(Step(nomination_id=nomination.id, organisation_id=nomination.organisation_id,
                       organisation_path=nomination.organisation_path, move=name, source=source,
                       target=nomination.state, actor=actor, account_id=account_id, reason=reason))
    session().flush()
    citizen = person(nomination)
    trail.record(citizen.id if citizen else None, actor=actor, who="本人" if actor == "citizen" else WHO,
                 what=f"nomination.{name}", purpose=PURPOSE, about=f"nomination:{nomination.id}")
    if citizen is not None and actor != "citizen":
        telling.tell(citizen.id, "nomination_news", {"at": clock.now()})


def held(nomination_id: uuid.UUID, scope: Scope | None = None) -> Nomination:
    """The nomination, and nobody else's to move until this transaction ends. Raises NominationUnknown."""
    need_transaction()
    query = select(Nomination).where(Nomination.id == nomination_id)
    if scope is not None:
        query = query.where(scope.sees(Nomination.organisation_path))
    found = session().scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))
    if found is None:
        raise NominationUnknown
    return found


def person(nomination: Nomination) -> Citizen | None:
    """Whom it is about, where they are a citizen of ours."""
    return citizens.by_identity_index(nomination.identity_index)


def organisation(nomination: Nomination) -> str:
    """The name of who nominated."""
    found = staff.organisation(nomination.organisation_id)
    return WHO if found is None else found.name


def checked(reason: str | None) -> str:
    """A reason as it is kept: it goes to the person and the next reviewer. Raises ReasonMissing."""
    text = (reason or "").strip()
    if not 2 <= len(text) <= 500 or "\x00" in text or NUMBERS.search(re.sub(r"[\s-]", "", text)):
        raise ReasonMissing
    return text


def _another(nomination: Nomination, name: str, account_id: uuid.UUID) -> None:
    """Whoever had another part in it, also in an earlier round, leaves this one to others. The CHECK has the last word
    of those who sign.
    """
    own = next((moves for moves in PARTS.values() if name in moves), None)
    others = [] if own is None else [move for moves in PARTS.values() if moves is not own for move in moves]
    if session().scalar(select(exists().where(Step.nomination_id == nomination.id, Step.account_id == account_id,
                                              Step.move.in_(others)))):
        raise SamePerson


def _count(nomination: Nomination, source: str, target: str) -> None:
    both = (COUNTY, CITY)
    before, after = HOLDS.get(source, both), HOLDS.get(target, both)
    if before != after:  # a quota that is set meanwhile counts this one or waits for it
        session().execute(select(Campaign.id).where(Campaign.id == nomination.campaign_id).with_for_update(read=True))
    for column in both:
        if column in after and column not in before:
            _take(nomination, column)
        elif column in before and column not in after:
            _give_back(nomination, column)


def _take(nomination: Nomination, column: str) -> None:
    """A county without a quota has none; a city's only counts where it was set."""
    whose = (Quota.campaign_id == nomination.campaign_id, Quota.organisation_id == getattr(nomination, column))
    taken = session().execute(update(Quota).where(*whose, Quota.taken < Quota.quota).values(taken=Quota.taken + 1)
                              .returning(Quota.taken).execution_options(synchronize_session=False)).first()
    if taken is None and (column == COUNTY or session().scalar(select(Quota.quota).where(*whose)) is not None):
        raise QuotaUsedUp


def _give_back(nomination: Nomination, column: str) -> None:
    session().execute(update(Quota).where(Quota.campaign_id == nomination.campaign_id,
                                          Quota.organisation_id == getattr(nomination, column), Quota.taken > 0)
                      .values(taken=Quota.taken - 1).execution_options(synchronize_session=False))
