"""Showing who a volunteer is, whole: to those who need it for their work, for a purpose, and the person sees it."""

import uuid
from dataclasses import dataclass, field

from app.kernel.errors import Invalid
from app.kernel.sealing import SealBroken
from app.staff.scoping import Scope, within
from app.staff.telling import tell
from app.volunteers import guardians, looking, register_queries, sealing
from app.volunteers.errors import VolunteerUnknown
from app.volunteers.guardians import Guardian

PURPOSES = ("登记核对", "时长核对", "出具证明", "名单审核", "来访咨询", "投诉处理")
ROLES = ("registrar", "hours_officer", "reviewer", "list_officer")  # a viewer reads no identities


@dataclass(frozen=True)
class Identity:
    """None: not kept."""

    name: str | None = field(repr=False)
    id_number: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    guardian: Guardian | None = field(repr=False)


def reveal(scope: Scope, volunteer_id: uuid.UUID, purpose: str) -> Identity:
    """Raises RoleMissing, Invalid (the purpose), VolunteerUnknown (also where the key is gone)."""
    scope.need(*ROLES)
    if purpose not in PURPOSES:
        raise Invalid(errors={"form": {"purpose": ["请从给出的选项中选择。"]}})
    with within(scope):
        volunteer = register_queries.one(scope, volunteer_id)
        try:
            told = Identity(sealing.name_of(volunteer), sealing.id_number_of(volunteer), sealing.phone_of(volunteer),
                            guardians.of(volunteer))
        except SealBroken:
            raise VolunteerUnknown from None
        looking.look(scope, volunteer, f"查看身份信息：{purpose}", looking.WHOLE)
    return told


def find(scope: Scope, text: str, purpose: str) -> list[object]:
    """Who has exactly this name, volunteer number or identity number: each of them sees that they were looked for; that
    somebody searched, and found how many, is written down where nobody was found, too, and never for what.

    Rows as `register_queries.listed`. Raises Invalid (the purpose).
    """
    if purpose not in PURPOSES:
        raise Invalid(errors={"form": {"purpose": ["请从给出的选项中选择。"]}})
    with within(scope):
        rows = register_queries.found(scope, text)
        looking.look_each(scope, [row.id for row in rows], f"查找志愿者：{purpose}", looking.FOUND)
        tell("staff.searched", scope.account_id, actor=scope.actor, purpose=f"查找志愿者 · {purpose} · {len(rows)} 人")
    return rows
