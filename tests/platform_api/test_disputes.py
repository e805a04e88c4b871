"""usage.disputed: staff have an appeal on the usual clocks, its citizen sees it and is told.

Breaks that were tried, each fails here: one appeal for each event; no line in the trail. Not tried: the reason kept in
clear.
"""

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from app.appeals import disputing, queries, reading, settling
from app.identity import erasing, telling
from app.kernel import clock
from app.kernel.db import session, transaction
from app.outbox.models import Message
from tests.platform_api.conftest import said

REASON = "本人称未曾到店"


def owed() -> list[str]:
    session().expire_all()
    return [row.payload["template"] for row in session().query(Message).filter_by(topic=telling.TOPIC)
            .order_by(Message.id)]


def test_an_appeal_is_opened_on_the_clocks(known: Any, usage_no: str, push: Any, db: Any) -> None:
    assert said(push("usage.disputed", data={"record_no": usage_no, "reason": REASON})) == ["processed"]
    [appeal] = queries.waiting()
    assert (appeal.about_kind, appeal.about_id, appeal.opened_by) == ("usage", usage_no, "platform")
    assert appeal.mark_by == clock.add_working_days(clock.today(), 1)
    assert appeal.settle_by == clock.add_working_days(clock.today(), 5)
    assert REASON.encode() not in db.execute("SELECT text_sealed FROM appeals").fetchone()[0]
    assert reading.read(appeal.appeal_no, "wang") == REASON
    shown = reading.shown(known, appeal)
    assert (shown["opened_by"], shown["text"]) == ("platform", REASON)
    assert db.execute("SELECT actor FROM trail_entries WHERE what = 'appeal.open'").fetchall() == [("platform",)]
    assert owed() == ["appeal_opened"]


def test_one_at_a_time_for_a_record(known: Any, usage_no: str, push: Any) -> None:
    for _ in range(2):
        assert said(push("usage.disputed", data={"record_no": usage_no, "reason": REASON})) == ["processed"]
    [appeal] = queries.waiting()
    settling.settle(appeal.appeal_no, settling.Settlement("dismissed", "记录与门店核对无误"), "wang")
    assert owed() == ["appeal_opened", "appeal_settled"]
    push("usage.disputed", data={"record_no": usage_no, "reason": REASON})
    assert len(queries.waiting()) == 1, "after the answer it may be disputed again"


def test_the_database_has_the_last_word(known: Any, usage_no: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disputing, "_open_already", lambda _: False)

    def twice() -> None:
        with transaction():
            for _ in range(2):
                disputing.dispute({"record_no": usage_no, "reason": REASON})

    with pytest.raises(IntegrityError, match="uq_appeals_disputed"):
        twice()


def test_nobody_is_left(known: Any, usage_no: str, push: Any) -> None:
    erasing.erase(known.id)
    assert said(push("usage.disputed", data={"record_no": usage_no, "reason": REASON})) == ["processed"]
    assert queries.waiting() == []
