"""4.7: the League's list of outstanding young volunteers, as the League keeps it with the platform."""

from typing import Any

from sandbox import forms
from sandbox.platform.asking import Asking
from sandbox.state import canonical
from sandbox.world import Refused

ENTRY = {
    "subject": forms.sealed,
    "cited_by": forms.text(100),
    "document_no": forms.text(100),
    "publicised_from": forms.day,
    "publicised_to": forms.day,
    "valid_from": forms.day,
    "valid_to": forms.day,
}
ENTRY_NO = forms.word(64)


def put(asking: Asking, entry_no: str) -> tuple[int, dict[str, Any]]:
    """Listed; PUT again replaces, but never the subject."""
    entry = forms.take(asking.body(), ENTRY)
    subject = asking.open_subject(entry.pop("subject"))
    if not ENTRY_NO(entry_no):
        raise forms.BadForm("entry_no")
    if not entry["publicised_from"] <= entry["publicised_to"] <= entry["valid_from"] <= entry["valid_to"]:
        raise forms.BadForm("the days are not in order")
    state, keyed = asking.world.state, asking.world.state.keyed(subject)
    known = state.one("select subject from red_entries where entry_no = ?", entry_no)
    if known and known["subject"] != keyed:
        raise forms.BadForm("another subject under the same entry_no")
    person = asking.world.people.find(subject["id_number"])
    if person is None or person["name"] != subject["name"]:
        raise Refused("SUBJECT_NOT_FOUND")
    state.run(
        "insert into red_entries values (?, ?, ?, 'listed', ?) on conflict (entry_no)"
        " do update set status = 'listed', body = excluded.body",
        entry_no,
        keyed,
        person["key"],
        canonical(entry).decode(),
    )
    return 200, {"entry_no": entry_no, "status": "listed"}


def remove(asking: Asking, entry_no: str) -> tuple[int, dict[str, Any]]:
    """Delisted; repeats."""
    state = asking.world.state
    if not state.one("select 1 from red_entries where entry_no = ?", entry_no):
        raise Refused("NOT_FOUND", "entry")
    state.run("update red_entries set status = 'delisted' where entry_no = ?", entry_no)
    return 200, {"entry_no": entry_no, "status": "delisted"}
