"""Volunteers from a spreadsheet: many rows with the outcome that `registering.enrol` has for each."""

import base64
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text

from app.kernel import jsons
from app.kernel.db import session, transaction
from app.staff import organising
from app.staff.scoping import Scope, within
from app.trail import writing as trail
from app.volunteers import noting, registering
from app.volunteers.errors import RegisteredElsewhere
from app.volunteers.imports.kinds import Cells, Effect, Kind, Row, Seen
from app.volunteers.imports.volunteer_cells import COLUMNS, read
from app.volunteers.imports.writing_many import insert_many, take_away
from app.volunteers.models import Volunteer
from app.volunteers.registering import Checked

KEPT = ("name_sealed", "name_index", "id_number_sealed", "phone_sealed", "guardian_sealed", "own_income", "region",
        "state", "registered_at", "reason", "changed_at", "real_name_state", "real_name_by", "real_name_at",
        "real_name_agreed_on", "real_name_due_at")  # of a row, so that a change can be taken back
# One look into the unique index for each, whatever is known of the table: while it grows by these very rows, the
# planner would take the index of paths and read through all of an organisation for each thousand.
WANTED = text("SELECT found.id, found.identity_index FROM unnest(CAST(:wanted AS bytea[])) AS wanted(index), LATERAL"
              " (SELECT id, identity_index FROM volunteers WHERE identity_index = wanted.index OFFSET 0) AS found")
TOUCHED, IN_USE = "导入之后又有人更正过，保留现状。", "已有服务记录、转移申请等关联的内容，不能撤销登记。"
GONE = "登记已不在本组织范围内，保留现状。"


def defaults(scope: Scope) -> Cells:
    return {"region": organising.within(scope.path, scope.organisation_id).region}


def preview(scope: Scope, rows: Sequence[Row]) -> list[Seen]:
    elsewhere = _registered([row.value.index for row in rows])
    with within(scope):
        found = _found(scope, rows)
        seen = [_seen(row, found.get(row.value.index), elsewhere) for row in rows]
    registering.seen_elsewhere(scope, sorted(elsewhere - found.keys()))
    return seen


def write(scope: Scope, rows: Sequence[Row], moment: datetime) -> list[Effect]:
    """In an order that every import keeps, so that two of them wait for each other and never in a ring."""
    found = _found(scope, rows, lock=True)
    effects = {row.number: _brought(row, found[row.value.index], moment) for row in rows if row.value.index in found}
    fresh = sorted((row for row in rows if row.value.index not in found), key=lambda row: row.value.index)
    effects |= _made(scope, fresh, moment)
    session().flush()
    _note(scope, effects.values())
    return [effects[row.number] for row in rows]


def undo(scope: Scope, effects: Sequence[Effect], moment: datetime) -> dict[int, str]:
    ids = [effect.subject for effect in effects if effect.subject is not None]
    present = {each.id: each for each in session().scalars(
        select(Volunteer).where(scope.sees(Volunteer.organisation_path), Volunteer.id.in_(ids))
        .order_by(Volunteer.id).with_for_update().execution_options(populate_existing=True))}
    left, going = {}, {}
    for effect in effects:
        volunteer = present.get(effect.subject) if effect.subject else None
        if volunteer is None:
            left[effect.number] = GONE
        elif volunteer.changed_at != moment:
            left[effect.number] = TOUCHED
        elif effect.outcome == "new":
            going[volunteer.id] = effect.number
        else:
            _restore(volunteer, effect.before or b"{}")
    session().flush()
    for stays in take_away(list(going)):
        left[going[stays]] = IN_USE
    trail.record_each([f"volunteer:{each}" for each in sorted(present)
                       if each not in going or going[each] not in left], actor=scope.actor,
                      who=organising.name_of(scope.organisation_id), what="volunteer.import_undone",
                      purpose="撤销批量导入")
    return left


def _registered(indexes: Sequence[bytes]) -> set[bytes]:
    """Who is in the register, wherever. As `enrol` does, an import says so, and nothing else of them."""
    with transaction() as s:
        return {bytes(index) for _, index in s.execute(WANTED, {"wanted": list(indexes)})}


def _found(scope: Scope, rows: Sequence[Row], *, lock: bool = False) -> dict[bytes, Volunteer]:
    ids = [found for found, _ in session().execute(WANTED, {"wanted": [row.value.index for row in rows]})]
    if not ids:
        return {}
    query = select(Volunteer).where(scope.sees(Volunteer.organisation_path), Volunteer.id.in_(ids))
    if lock:
        query = query.order_by(Volunteer.identity_index).with_for_update(key_share=True)
    return {each.identity_index: each for each in session().scalars(query.execution_options(populate_existing=True))}


def _seen(row: Row, volunteer: Volunteer | None, registered: set[bytes]) -> Seen:
    checked: Checked = row.value
    no = registering.refusal(checked, volunteer)
    if volunteer is None and checked.index in registered:
        no = RegisteredElsewhere()
    if no is not None:
        return Seen(row.number, "wrong", {"": no.detail})
    if volunteer is None:
        return Seen(row.number, "new")
    changed = registering.differences(volunteer, checked)
    return Seen(row.number, "changed", {"": noting.changed(changed)}) if changed else Seen(row.number, "same")


def _brought(row: Row, volunteer: Volunteer, moment: datetime) -> Effect:
    no = registering.refusal(row.value, volunteer)
    if no is not None:
        return Effect(row.number, "wrong", words={"": no.detail})
    changed = registering.differences(volunteer, row.value)
    if not changed:
        return Effect(row.number, "same")
    before = jsons.dumps({name: _packed(getattr(volunteer, name)) for name in KEPT} | {"fields": changed})
    registering.write(volunteer, row.value)
    registering.take_in(volunteer)
    volunteer.changed_at = moment
    return Effect(row.number, "changed", volunteer.id, before)


def _made(scope: Scope, rows: Sequence[Row], moment: datetime) -> dict[int, Effect]:
    where, effects, values = registering.own_place(scope), {}, {}
    for row in rows:
        no = registering.refusal(row.value, None)
        if no is None:
            values[row.number] = {**registering.values(row.value, where), "changed_at": moment}
        else:
            effects[row.number] = Effect(row.number, "wrong", words={"": no.detail})
    inserted = insert_many(list(values.values()))
    left = [row for row in rows if row.number in values and values[row.number]["id"] not in inserted]
    found = _found(scope, left, lock=True) if left else {}
    for row in rows:
        if row.number in effects:
            continue
        volunteer = found.get(row.value.index)
        if values[row.number]["id"] in inserted:
            effects[row.number] = Effect(row.number, "new", values[row.number]["id"])
        elif volunteer is not None:  # another import was faster by a moment
            effects[row.number] = _brought(row, volunteer, moment)
        else:
            effects[row.number] = Effect(row.number, "wrong", words={"": RegisteredElsewhere.detail})
    return effects


def _note(scope: Scope, effects: Iterable[Effect]) -> None:
    """Each person sees it in their access log, as after `enrol`; changes alike are written together."""
    told: dict[tuple[str, str], list[str]] = {}
    for effect in effects:
        if effect.outcome == "new":
            told.setdefault(("volunteer.registered", "登记志愿者（批量导入）"), []).append(_about(effect))
        elif effect.outcome == "changed":
            purpose = noting.changed(jsons.loads(effect.before or b"{}")["fields"])
            told.setdefault(("volunteer.changed", purpose), []).append(_about(effect))
    who = organising.name_of(scope.organisation_id)
    for (what, purpose), about in told.items():
        trail.record_each(about, actor=scope.actor, who=who, what=what, purpose=purpose)


def _about(effect: Effect) -> str:
    return f"volunteer:{effect.subject}"


def _packed(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return {"on": value.isoformat()} if isinstance(value, date) else value


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    [(kind, told)] = value.items()
    if kind == "bytes":
        return base64.b64decode(told)
    return datetime.fromisoformat(told) if kind == "at" else date.fromisoformat(told)


def _restore(volunteer: Volunteer, before: bytes) -> None:
    """A check's answer that came since stays, where the import didn't touch what is checked."""
    told = jsons.loads(before)
    checked_anew = {"name", "agreed_on"} & set(told["fields"])
    for name in KEPT:
        if checked_anew or not name.startswith("real_name_"):
            setattr(volunteer, name, _unpacked(told[name]))


KIND = Kind("volunteers", "志愿者", "registrar", COLUMNS, read, lambda checked: checked.index, preview, write, undo,
            defaults)
