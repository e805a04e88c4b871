"""A code fits where it must, can't be guessed or read, and lives a minute."""

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from app.benefits import presenting, verifying
from app.benefits.errors import EntitlementNotFound
from app.kernel import clock
from app.kernel.db import db as database
from tests.benefits.redeeming.conftest import InHand

MEI = "1600000001"

Make = Callable[..., InHand]


def test_a_code_fits_a_scene_and_names_nobody(in_hand: Make, db: psycopg.Connection) -> None:
    shown, other = in_hand(number=1), in_hand(number=2)
    assert re.fullmatch("[0-9A-Za-z]{22}", shown.code)
    assert shown.code[:6] != other.code[:6]
    kept = db.execute("SELECT code_index, expires_at - created_at FROM presentations").fetchall()
    assert len(kept) == 2
    for index, life in kept:
        assert (len(index), life) == (32, timedelta(seconds=60))
        assert shown.code.encode() not in index


def test_the_qr_is_an_svg_that_scales_with_its_quiet_zone(app: Any, in_hand: Make) -> None:
    shown = in_hand()
    with app.app_context():
        drawn = ET.fromstring(presenting.present(shown.citizen_id, shown.entitlement_id).qr)  # noqa: S314 (our own)
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert drawn.get("viewBox") == "0 0 33 33", "25 modules and 4 on each side"
    assert drawn.get("width") is None


def test_a_made_up_code_is_found_out_before_the_database(app: Any, in_hand: Make) -> None:
    """Fails where the keyed part isn't looked at: each of these differs from a real code in one character."""
    shown = in_hand()
    with app.app_context():
        assert presenting.index_of(shown.code) is not None
        asked: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
        for place in range(22):
            other = "0" if shown.code[place] != "0" else "1"
            assert presenting.find(shown.code[:place] + other + shown.code[place + 1:], MEI) is None
        for odd in ("", shown.code + "\n", shown.code.swapcase(), shown.code * 2, "。" * 22, shown.code[:21]):
            assert presenting.find(odd, MEI) is None
        assert asked == []
        assert presenting.find(shown.code, MEI) is not None
        assert len(asked) == 1, "the listener listens"


def test_codes_of_an_older_key_still_open(app: Any, in_hand: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys rotate while codes are on screens."""
    shown = in_hand()
    ring = app.extensions["keyring"]
    newer = type(ring.presentation)("p2", {**ring.presentation.by_id, "p2": b"\x01" * 32})
    monkeypatch.setitem(app.extensions, "keyring", type(ring)(**{**vars(ring), "presentation": newer}))
    with app.app_context():
        assert presenting.find(shown.code, MEI) is not None
        assert presenting.find(presenting.present(shown.citizen_id, shown.entitlement_id).code, MEI) is not None


def test_a_code_dies_at_its_minute(app: Any, in_hand: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where `<=` becomes `<`: at the exact second it is over."""
    shown = in_hand()
    with app.app_context():
        made = presenting.find(shown.code, MEI)
        assert made is not None
        expires = made.presentation.expires_at
        for moment, good in ((expires - timedelta(seconds=1), True), (expires, False)):
            monkeypatch.setattr(clock, "now", lambda m=moment: m)
            assert verifying.verify(shown.merchant_id, shown.code, None).eligible is good


def test_only_the_citizens_own_is_shown(app: Any, in_hand: Make) -> None:
    shown, other = in_hand(number=1), in_hand(number=2)
    with app.app_context():
        for citizen, entitlement in ((other.citizen_id, shown.entitlement_id), (shown.citizen_id, uuid.uuid4())):
            with pytest.raises(EntitlementNotFound):
                presenting.present(citizen, entitlement)
