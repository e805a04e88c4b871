"""Taking back: one step, at once, seen, told to the platform, and nobody else's to do."""

import threading
import time
from datetime import timedelta

import pytest

from app.consent import checking, ending, queries, withdrawing
from app.consent.errors import ConsentNotFound
from app.identity import erasing, exporting
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.ids import new_id
from tests import cast
from tests.consent import ground


@pytest.fixture
def lin(inside):
    return ground.citizen(cast.LIN)


def test_it_is_withdrawn_seen_and_owed_together(lin, db):
    consent = withdrawing.withdraw(lin, ground.agreed(lin).id)
    assert (consent.status, consent.withdrawn_by) == ("withdrawn", "citizen")
    assert checking.still_live(consent.id) is None
    assert [row[0] for row in db.execute("SELECT what FROM trail_entries ORDER BY id")] == [
        "consent.grant", "consent.withdraw"]
    assert db.execute("SELECT topic, key FROM outbox ORDER BY id").fetchall()[-1] == (
        "authorization.revoke", consent.authorization_no)


def test_again_is_the_same(lin, db):
    consent = ground.agreed(lin)
    first = withdrawing.withdraw(lin, consent.id).withdrawn_at
    assert withdrawing.withdraw(lin, consent.id).withdrawn_at == first
    assert db.execute("SELECT count(*) FROM outbox WHERE topic = 'authorization.revoke'").fetchone() == (1,)


def test_only_ones_own(lin):
    """Break: the owner not compared."""
    wu = ground.citizen(cast.WU)
    consent = ground.agreed(lin)
    for who, which in ((wu, consent.id), (lin, new_id())):
        with pytest.raises(ConsentNotFound):
            withdrawing.withdraw(who, which)
    assert checking.still_live(consent.id) is not None


def test_only_the_one(lin):
    first, second = ground.agreed(lin), ground.agreed(lin, uscc=ground.OTHER_USCC, name=ground.OTHER_SHOP)
    withdrawing.withdraw(lin, first.id)
    assert checking.any_live(lin.id, "grade.read").id == second.id


def test_after_withdrawing_one_may_agree_anew(lin):
    first = withdrawing.withdraw(lin, ground.agreed(lin).id)
    assert ground.agreed(lin).id != first.id


def test_the_platforms_word_is_final_and_not_echoed(lin, db):
    consent = ground.agreed(lin)
    db.execute("UPDATE consents SET authorization_id = 'A1' WHERE id = %s", (consent.id,))
    assert withdrawing.by_platform("A2", clock.now()) is None
    withdrawing.by_platform("A1", clock.now())
    ended = queries.get(consent.id)
    assert (ended.status, ended.withdrawn_by) == ("withdrawn", "platform")
    assert db.execute("SELECT count(*) FROM outbox WHERE topic = 'authorization.revoke'").fetchone() == (0,)


def test_hooks_run_within_the_transaction(lin):
    """Break: hooks after the commit; then the consent would be withdrawn although its hook failed."""
    consent = ground.agreed(lin)

    def break_down(_):
        raise RuntimeError("the hook broke")

    with ground.changed(withdrawing, "AFTER", {"test": break_down}), pytest.raises(RuntimeError):
        withdrawing.withdraw(lin, consent.id)
    assert checking.still_live(consent.id) is not None


def test_it_waits_until_all_is_quiet(lin):
    """Break: no wait."""
    consent, quiet_at = ground.agreed(lin), time.monotonic() + 0.3
    with ground.changed(withdrawing, "QUIET", {"test": lambda _: time.monotonic() > quiet_at}):
        withdrawing.withdraw(lin, consent.id)
    assert time.monotonic() >= quiet_at


def test_the_wait_is_bounded(lin):
    consent = ground.agreed(lin)
    with (ground.changed(withdrawing, "QUIET", {"test": lambda _: False}),
          ground.changed(withdrawing, "LONGEST_WAIT_S", 0.2)):
        began = time.monotonic()
        assert withdrawing.withdraw(lin, consent.id).status == "withdrawn"
    assert 0.2 <= time.monotonic() - began < 2


def test_who_holds_the_consent_is_waited_for(app, lin, db):
    """A reader that locked the live consent finishes first; the withdrawal comes after. Break: no FOR SHARE."""
    consent, held, let_go = ground.agreed(lin), threading.Event(), threading.Event()
    seen = {}

    def hold():
        with transaction():
            checking.live(lin.id, "grade.read", "rental", ground.USCC, lock=True)
            held.set()
            let_go.wait(5)
            seen["withdrawn while held"] = db.execute("SELECT withdrawn_at IS NOT NULL FROM consents").fetchone()[0]

    reader = threading.Thread(target=ground.in_context(app, hold))
    reader.start()
    held.wait(5)
    writer = threading.Thread(target=ground.in_context(app, withdrawing.withdraw, lin, consent.id))
    writer.start()
    time.sleep(0.3)
    let_go.set()
    reader.join()
    writer.join()
    assert seen == {"withdrawn while held": False}
    assert queries.get(consent.id).status == "withdrawn"


def test_running_out_is_noted_once(lin, db, monkeypatch):
    consent = ground.agreed(lin)
    assert ending.run_due() == 0
    monkeypatch.setattr(clock, "now", lambda: consent.valid_to + timedelta(days=1))
    assert ending.run_due() == 1
    assert ending.run_due() == 0
    ended = queries.get(consent.id)
    assert (ended.status, ended.ended_at) == ("expired", consent.valid_to)
    assert withdrawing.withdraw(lin, consent.id).status == "expired", "nothing is left to withdraw"


def test_leaving_ends_all_and_tells_the_platform(lin, db):
    ground.agreed(lin)
    ground.agreed(lin, "usage.report")
    ground.agreed(lin, "volunteer.read")
    assert len(exporting.export(lin)["consents"]) == 3
    erasing.erase(lin.id)
    assert db.execute("SELECT DISTINCT withdrawn_by FROM consents").fetchall() == [("erasure",)]
    assert db.execute("SELECT count(*) FROM outbox WHERE topic = 'authorization.revoke'").fetchone() == (2,)
