"""Made-up accounts for `flask demo load`: operators, administrators, the League, a manager and a clerk per merchant.

Their passwords and secrets are kept beside the merchants' keys, so that a second run tells the same.
"""

import json
import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp

from app.kernel.db import transaction
from app.staff import codes, granting, inviting, organising, queries
from app.staff.inviting import Newcomer

ACTOR = "operator:demo"
OPERATIONS = (("operator", "operator", "示例运营"), ("sysadmin", "system_admin", "示例系统管理员"),
              ("secadmin", "security_admin", "示例安全管理员"), ("auditadmin", "audit_admin", "示例审计管理员"))
TREE = {"province": ("共青团江西省委（示例）", "360000", None),
        "city": ("共青团南昌市委（示例）", "360100", "province"),
        "east": ("共青团东湖区委（示例）", "360102", "city"), "west": ("共青团西湖区委（示例）", "360103", "city"),
        "school": ("示例中学团委", "360102", "east")}
LEAGUE = (("registrar", "registrar", "示例登记员", "east"), ("east.hours", "hours_officer", "示例时长管理员", "east"),
          ("east.reviewer", "reviewer", "示例审核员", "east"), ("west.registrar", "registrar", "示例登记员", "west"),
          ("west.list", "list_officer", "示例名单管理员", "west"), ("city.reviewer", "reviewer", "示例审核员", "city"),
          ("city.list", "list_officer", "示例名单管理员", "city"),
          ("province.list", "list_officer", "示例名单管理员", "province"),
          ("province.reviewer", "reviewer", "示例审核员", "province"),
          ("province.viewer", "viewer", "示例查看员", "province"),
          ("school.registrar", "registrar", "示例登记员", "school"))


@dataclass(frozen=True)
class Kept:
    """What a person would remember, by login, in a file that only its owner reads."""

    file: Path
    told: dict[str, dict[str, str]]

    def of(self, login: str) -> dict[str, str]:
        return self.told.setdefault(login, {"password": f"demo-{secrets.token_urlsafe(12)}",
                                            "totp_secret": pyotp.random_base32(32)})


def opened(file: Path) -> Kept:
    return Kept(file, json.loads(file.read_text("utf-8")) if file.exists() else {})


def staff(kept: Kept) -> list[dict[str, Any]]:
    """The members of demo.json's `staff`."""
    made = [_member(kept, Newcomer(login, name, "operations"), role, "信易+ 平台运营方")
            for login, role, name in OPERATIONS]
    places = tree()
    return [*made, *(_member(kept, Newcomer(login, name, "league", organisation_id=places[place]), role, TREE[place][0])
                     for login, role, name, place in LEAGUE)]


def people(kept: Kept, mchid: str, merchant_id: uuid.UUID, store: tuple[uuid.UUID, str]) -> dict[str, Any]:
    """`manager` and `clerk` of a merchant in demo.json; a clerk has no second factor."""
    manager = Newcomer(f"manager.{mchid}", "示例店长", "merchant", merchant_id)
    clerk = Newcomer(f"clerk.{mchid}", "示例店员", "merchant", merchant_id, phone="19900000001")
    _account(kept, manager, "manager", None, totp=True)
    _account(kept, clerk, "clerk", store[0], totp=False)
    return {"manager": {"login": manager.login, **kept.of(manager.login)},
            "clerk": {"login": clerk.login, "password": kept.of(clerk.login)["password"], "store_id": store[1]}}


def _member(kept: Kept, new: Newcomer, role: str, organisation: str) -> dict[str, Any]:
    _account(kept, new, role, None, totp=True)
    return {"login": new.login, **kept.of(new.login), "role": role, "organisation": organisation}


def _account(kept: Kept, new: Newcomer, role: str, store_id: uuid.UUID | None, *, totp: bool) -> None:
    """Make the account, or give it the password that is told where nobody kept it."""
    account, known = queries.by_login(new.login), new.login in kept.told
    if account is not None and known:
        return
    invited = inviting.invite(new, actor=ACTOR) if account is None else inviting.invite_again(account.id, actor=ACTOR)
    inviting.accept(invited.token, kept.of(new.login)["password"])
    with transaction():
        if totp:
            codes.put(invited.account.id, kept.of(new.login)["totp_secret"])
        if role not in queries.roles(invited.account.id):
            granting.grant(invited.account.id, role, actor=ACTOR, store_id=store_id)


def tree() -> dict[str, uuid.UUID]:
    """Province, city, two counties and a school by their keys in TREE, made where they are missing."""
    known = {each.name: each.id for each in organising.subtree("/")}
    places: dict[str, uuid.UUID] = {}
    for key, (name, region, above) in TREE.items():
        parent = places[above] if above else None
        places[key] = known.get(name) or organising.add(name, region, parent, actor=ACTOR).id
    return places
