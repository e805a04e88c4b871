"""A nomination as its nominee reads it: all of it, in words."""

from typing import Any

from app.consent.needs import Need
from app.identity.exporting import exports
from app.identity.queries import Citizen
from app.volunteers.outstanding import agreeing, evaluating, exiting, moving
from app.volunteers.outstanding import queries as nomination_queries
from app.volunteers.outstanding.models import Campaign, Nomination, Step
from app.volunteers.outstanding.schemas import NominationOut

LABELS = {
    "draft": "推荐单位准备中", "at_county": "县级审核中", "at_city": "市级审核中", "at_province": "省级审核中",
    "approved": "审核通过，等待公示", "publicised": "公示中", "objected": "收到异议，公示暂停",
    "cleared": "公示期满，等待列入名单",
    "listed": "已列入名单", "hearing": "拟移出名单，可陈述申辩", "refused": "未予认定", "withdrawn": "已撤回",
    "expired": "有效期已满", "left": "本人已退出", "removed": "已移出名单"}
OTHER_WORDS = {"nominate": "推荐", "amend": "修改推荐事迹", "answer": "收到陈述申辩"}
INSIDE = ("object", "resume")  # their reasons are about the objector's words


def told(citizen: Citizen, nomination: Nomination, campaign: Campaign) -> dict[str, Any]:
    """As NominationOut dumps it."""
    needed: list[Need] = [] if nomination.state in agreeing.OVER else agreeing.missing(citizen, campaign)
    same = ("id", "nomination_no", "state", "deeds", "publicised_from", "publicised_to", "entry_no", "document_no",
            "valid_from", "valid_to")
    return {**{name: getattr(nomination, name) for name in same}, "campaign": campaign.name, "year": campaign.year,
            "recipient": campaign.recipient, "organisation": moving.organisation(nomination),
            "state_label": LABELS[nomination.state], "consents_needed": [need.shown() for need in needed],
            "evaluation": evaluation(nomination, campaign), "notice": exiting.newest(nomination.id),
            "steps": [step(each) for each in nomination_queries.story(nomination.id)]}


@exports("nominations")
def export(citizen: Citizen) -> list[dict[str, Any]]:
    """All of it, as the person reads it; what is still to be agreed to isn't theirs to take along."""
    shape = NominationOut(exclude=("consents_needed",))
    return [dict(shape.dump(told(citizen, *each))) for each in nomination_queries.of_citizen(citizen)]


def step(each: Step) -> dict[str, Any]:
    reason = None if each.move in INSIDE else each.reason
    return {"at": each.at, "move": each.move, "words": words(each.move), "reason": reason}


def words(move: str) -> str:
    return moving.MOVES[move].words if move in moving.MOVES else OTHER_WORDS[move]


def evaluation(nomination: Nomination, campaign: Campaign) -> dict[str, Any] | None:
    """The newest one in words; None where there is none yet."""
    found = evaluating.newest(nomination.id)
    if found is None:
        return None
    return {"at": found.made_at, "eligible": found.eligible, "conditions": [
        {**vars(each.reason), "met": each.met} for each in evaluating.results(found, campaign.terms)]}
