"""All that is held about a citizen, for the citizen. Packages above hand in their part at import."""

from collections.abc import Callable
from typing import Any, TypeVar

from app.identity import belonging, sealing
from app.identity.models import Citizen, LoginFamily
from app.kernel import clock
from app.kernel.db import session, transaction
from app.trail import queries as trail
from app.trail import writing

Part = Callable[[Citizen], object]
P = TypeVar("P", bound=Part)
EXPORTS: dict[str, Part] = {}


def exports(name: str) -> Callable[[P], P]:
    """`@exports("consents")` over a function of a citizen that gives JSON values (times as RFC 3339 texts)."""
    def keep(part: P) -> P:
        if EXPORTS.setdefault(name, part) is not part:
            raise RuntimeError(f"two parts of the export are called {name}")
        return part

    return keep


def export(citizen: Citizen) -> dict[str, Any]:
    """{made_at, citizen, logins, access_log, …}: everything, nothing masked; the look itself is in the trail."""
    with transaction():
        writing.record(citizen.id, actor="citizen", who="本人", what="data.export", purpose="导出本人全部数据")
    return {"made_at": clock.rfc3339(clock.now()), "citizen": _citizen(citizen), "logins": _logins(citizen),
            "access_log": [_look(entry) for entry in trail.all_of(citizen.id, belonging.records(citizen))],
            **{name: part(citizen) for name, part in sorted(EXPORTS.items())}}


def _citizen(citizen: Citizen) -> dict[str, Any]:
    return {"id": str(citizen.id), "openid": sealing.openid_of(citizen), "name": sealing.name_of(citizen),
            "id_number": sealing.id_number_of(citizen), "phone": sealing.phone_of(citizen),
            "verified_at": _time(citizen.verified_at), "verification_no": citizen.verification_no,
            "created_at": _time(citizen.created_at)}


def _logins(citizen: Citizen) -> list[dict[str, Any]]:
    families = session().query(LoginFamily).filter_by(citizen_id=citizen.id).order_by(LoginFamily.id)
    return [{"at": _time(family.created_at), "ended_at": _time(family.ended_at), "end_reason": family.end_reason}
            for family in families]


def _look(entry: Any) -> dict[str, Any]:
    return {"id": str(entry.id), "at": _time(entry.at), "who": entry.who, "what": entry.what,
            "purpose": entry.purpose, "consent_id": None if entry.consent_id is None else str(entry.consent_id)}


def _time(moment: Any) -> str | None:
    return None if moment is None else clock.rfc3339(moment)
