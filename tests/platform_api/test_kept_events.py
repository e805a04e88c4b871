"""What staff see of the platform's events: filters, pages, the body of what was refused; in bounds.

Breaks that were tried, each fails here: no bound on the body's size, or on how many are kept; a type that is no code
refused by its form, unkept. Not tried: the body kept in clear; the look at it not in the trail.
"""

from datetime import timedelta
from typing import Any

import pytest

from app.credit import kept_events
from app.credit.errors import EventNotFound
from app.credit.kept_events import Wanted
from app.kernel import clock
from app.kernel.settings import settings
from app.platform_api.cli import platform_events_cli
from tests.platform_api.conftest import said

SECRET = "36010219960307123X"
ALL = {"limit": 100}


def refuse(push: Any, event_id: str, **data: Any) -> None:
    assert said(push("something.new", event_id=event_id, data=data)) == ["BAD_REQUEST"]


def test_a_refused_one_is_kept_sealed_and_its_reading_is_seen(known: Any, push: Any, db: Any) -> None:
    """An unknown type may hold anything, identity data too."""
    refuse(push, "E-1", whatever=SECRET)
    row = db.execute("SELECT * FROM platform_events").fetchone()
    assert SECRET.encode() not in b"".join(bytes(each) if isinstance(each, bytes) else str(each).encode()
                                           for each in row)
    told = kept_events.shown("E-1", "operator:wang")
    assert (told["body"]["data"], told["refusal"], len(told["digest"])) == ({"whatever": SECRET}, "BAD_REQUEST", 64)
    look = db.execute("SELECT actor, about FROM trail_entries WHERE what = 'event.read'").fetchone()
    assert look == ("operator:wang", "platform_event:E-1")
    with pytest.raises(EventNotFound):
        kept_events.shown("E-2", "operator:wang")


@pytest.mark.parametrize("kind", ["volunteer/hours added", "信用承诺.公示", "NEW", "grade.changed "])
def test_whatever_an_unknown_type_is_called(kind: str, known: Any, push: Any) -> None:
    assert said(push(kind, event_id="E-1", data={})) == ["BAD_REQUEST"]
    assert kept_events.one("E-1").type == kind


def test_a_body_too_large_is_not_kept_but_its_digest_is(known: Any, push: Any) -> None:
    refuse(push, "E-1", whatever="x" * 2 * kept_events.LARGEST_BODY)
    told = kept_events.shown("E-1", "operator:wang")
    assert (told["body"], len(told["digest"])) == (None, 64)


def test_no_more_than_so_many_refused_ones(known: Any, push: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings()._values, "PLATFORM_EVENTS_REFUSED_KEPT", 3)
    assert said(push("record.repaired", event_id="E-good")) == ["processed"]
    for number in range(5):
        refuse(push, f"E-{number}")
    rows, _ = kept_events.listed(Wanted(state="refused"), ALL)
    assert [row.event_id for row in rows] == ["E-4", "E-3", "E-2"]
    assert len(kept_events.listed(Wanted(), ALL)[0]) == 4, "what was taken is not forgotten for it"


def test_pages_and_filters(known: Any, push: Any) -> None:
    for number in range(5):
        refuse(push, f"E-{number}")
    push("record.repaired", event_id="E-9")
    first, following = kept_events.listed(Wanted(type="something.new"), {"limit": 3})
    rest, end = kept_events.listed(Wanted(type="something.new"), {"limit": 3, "cursor": following})
    assert [row.event_id for row in [*first, *rest]] == ["E-4", "E-3", "E-2", "E-1", "E-0"]
    assert end is None
    assert [row.event_id for row in kept_events.listed(Wanted(state="processed"), ALL)[0]] == ["E-9"]


def test_long_ago_is_forgotten(known: Any, push: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(push, "E-1")
    assert kept_events.prune() == 0
    later = clock.now() + timedelta(days=settings().PLATFORM_EVENT_DAYS, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert kept_events.prune() == 1


def test_the_commands(app: Any, known: Any, push: Any) -> None:
    refuse(push, "E-1", some="thing")
    run = app.test_cli_runner().invoke
    told = run(platform_events_cli, ["list", "--state", "refused"])
    assert told.exit_code == 0
    assert told.output.startswith("E-1  ")
    assert run(app.cli, ["platform-events", "list", "--state", "refused"]).output == told.output
    assert "BAD_REQUEST  body kept" in told.output
    assert '"some":"thing"' in run(platform_events_cli, ["show", "E-1", "--by", "wang"]).output
    assert run(platform_events_cli, ["show", "E-2", "--by", "wang"]).exit_code == 1
    assert run(platform_events_cli, ["show", "E-1", "--by", "a b"]).exit_code == 2
