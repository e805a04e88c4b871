"""4.2: the authorisations that citizens gave, and took back."""

import json
import math
from typing import Any

from sandbox import forms
from sandbox.clock import a_year_after, moment
from sandbox.platform.asking import WINDOW_S, Asking
from sandbox.state import Row
from sandbox.world import Refused, World

PAPER = {
    "authorization_no": forms.word(64),
    "subject": forms.sealed,
    "scopes": forms.some_of(forms.among(forms.SCOPES), 3),
    "purpose": forms.text(200),
    "scenarios": forms.some_of(forms.among(forms.SCENARIOS), 9),
    "document_digest": forms.HEX64,
    "signed_at": forms.instant,
    "expires_at": forms.instant,
}


def register(asking: Asking) -> tuple[int, dict[str, Any]]:
    """201 for a new one, 200 for the same again, 409 for other content under a known number."""
    paper = forms.take(asking.body(), PAPER)
    subject = asking.open_subject(paper["subject"])
    world = asking.world
    content = world.state.keyed({**paper, "subject": subject})
    known = world.state.one("select * from authorizations where no = ?", paper["authorization_no"])
    if known:
        if known["content"] != content:
            raise Refused("AUTHORIZATION_NO_REUSED", "the same authorization_no with other content")
        return 200, shown(world, known)
    _check_times(paper, world.clock.now())
    person = world.people.find(subject["id_number"])
    if person is None or person["name"] != subject["name"]:
        raise Refused("SUBJECT_NOT_FOUND")
    return 201, shown(world, _keep(world, paper, content, subject, person["key"]))


def _keep(world: World, paper: dict[str, Any], content: str, subject: dict[str, Any], person: str) -> Row:
    row = {
        "id": world.state.number("authorizations", "A"),
        "no": paper["authorization_no"],
        "person": person,
        "content": content,
        "subject": world.state.keyed(subject),
        "scopes": json.dumps(paper["scopes"]),
        "scenarios": json.dumps(paper["scenarios"]),
        "purpose": paper["purpose"],
        "document_digest": paper["document_digest"],
        "signed_at": paper["signed_at"],
        "expires_at": paper["expires_at"],
        "expires": moment(paper["expires_at"]),
        "revoked_at": None,
        "at": world.clock.precise(),
    }
    world.state.insert("authorizations", row)
    return row


def _check_times(paper: dict[str, Any], now: float) -> None:
    signed, expires = moment(paper["signed_at"]), moment(paper["expires_at"])
    if signed > now + WINDOW_S:
        raise forms.BadForm("signed_at is in the future")
    if not signed < expires <= a_year_after(signed):
        raise forms.BadForm("expires_at is not within one calendar year of signed_at")
    if expires <= now:
        raise forms.BadForm("expires_at has passed")


def status_of(world: World, row: Row) -> str:
    """`active`, `revoked` or `expired` at this moment."""
    if row["revoked_at"]:
        return "revoked"
    return "expired" if row["expires"] <= world.clock.now() else "active"


def shown(world: World, row: Row) -> dict[str, Any]:
    """What the client is told of an authorisation."""
    return {"authorization_id": row["id"], "authorization_no": row["no"], "status": status_of(world, row)}


def revoke(asking: Asking, authorization_id: str) -> tuple[int, dict[str, Any]]:
    """Taken back; repeats, and the first moment stands."""
    body = forms.take(asking.body(), {"revoked_at": forms.instant})
    world = asking.world
    if not world.state.one("select id from authorizations where id = ?", authorization_id):
        raise Refused("AUTHORIZATION_NOT_FOUND")
    take_back(world, authorization_id, body["revoked_at"])
    return 200, {"status": "revoked"}


def take_back(world: World, authorization_id: str, revoked_at: str) -> None:
    """From now on revoked; the first moment stands."""
    world.state.run(
        "update authorizations set revoked_at = coalesce(revoked_at, ?) where id = ?", revoked_at, authorization_id
    )
    world.state.run("insert or ignore into revocations values (?, ?)", authorization_id, world.clock.now())


def was_live(world: World, row: Row, moment: float) -> bool:
    """Whether an authorisation that is over now still held at that earlier moment."""
    over = world.state.one("select learnt from revocations where authorization_id = ?", row["id"])
    return moment < min(row["expires"], over["learnt"] if over else math.inf)
