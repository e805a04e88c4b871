"""Statements at the console: the days of a month, a day with its digest and the ledger's word, the files.

Breaks tried: the days of another merchant counted in, a digest of something else than the file, the ledger not asked,
a download that isn't written to the trail, a voucher counted twice.
"""

import hashlib
import io
import re
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest

from app.kernel import clock
from tests.console.browsing import Visitor, words
from tests.orders.conftest import Counter, Phone

PAGE = "/console/merchant/statements/"


@pytest.fixture
def day(app: Any, counter: Counter, lin: Phone, till: Any, voucher: Any, show: Any,
        monkeypatch: pytest.MonkeyPatch) -> str:
    """A day with a finished order and a voucher's use; it is over, and its statement can be had."""
    number = counter.running(lin)
    assert counter.complete(number, 0).status_code == 200
    told = {"out_redemption_no": "S-1", "presentation": show(voucher, 2)[1], "service_id": voucher.service_id}
    assert till.post("/v3/xinyi/redemptions", told).status_code == 200
    return clock.today().isoformat()


@pytest.fixture
def later(manager: Visitor, stranger: Visitor, day: str, db: psycopg.Connection) -> str:
    """Everything of that day has been three days ago. The ledger takes no change but by its owner, without triggers."""
    with db.transaction():
        db.execute("SET LOCAL session_replication_role = replica")
        db.execute("UPDATE ledger_entries SET at = at - interval '3 days'")
        db.execute("UPDATE merchants SET created_at = created_at - interval '40 days'")
    return (clock.today() - timedelta(days=3)).isoformat()


def test_a_month_and_a_day(manager: Visitor, stranger: Visitor, later: str, db: psycopg.Connection) -> None:
    month = manager.get(f"{PAGE}?month={later[:7]}")
    row = re.search(rf"{later[5:]}</a></th>(.*?)</tr>", month.text, re.S)
    assert row
    figures = re.findall(r">([\d./ ]+)</td>", row[1])
    assert figures == ["3", "1 / 30.00", "2 / 48.00", "0 / 0.00", "0 / 0.00"], "opened, settled and the voucher's use"
    theirs = stranger.get(f"{PAGE}?month={later[:7]}").text
    assert "48.00" not in theirs
    one = manager.get(f"{PAGE}{later}")
    assert "与账本一致" in one.text
    digest = re.search(r'<code class="secret">([0-9a-f]{64})</code>', one.text)
    file = manager.post(f"{PAGE}{later}/download", {"service": ""}, page=f"{PAGE}{later}")
    assert digest
    assert hashlib.sha256(file.data).hexdigest() == digest[1]
    assert file.data.decode("utf-8-sig").count("\r\n") == 6, "a head, three lines, a head, sums"
    service = re.search(r'name="service" value="([0-9a-f]{32})"', one.text)
    assert service
    part = manager.post(f"{PAGE}{later}/download", {"service": service[1]}, page=f"{PAGE}{later}")
    assert 0 < len(part.data) < len(file.data)
    assert stranger.post(f"{PAGE}{later}/download", {"service": service[1]}, page=f"{PAGE}{later}").status_code == 404
    told = [row[0] for row in db.execute("SELECT purpose FROM trail_entries WHERE what = 'staff.exported' ORDER BY at")]
    assert told == [f"对账单 · {later} · 全部服务", f"对账单 · {later} · {service[1]}"]


def test_a_difference_is_told_to_the_merchant_whose_it_is(manager: Visitor, stranger: Visitor, later: str,
                                                          db: psycopg.Connection) -> None:
    with db.transaction():
        db.execute("SET LOCAL session_replication_role = replica")
        db.execute("UPDATE redemptions SET merchant_id = merchant_id")
        db.execute("DELETE FROM redemptions WHERE out_redemption_no = 'S-1'")
    assert "不一致" in manager.get(f"{PAGE}{later}").text
    assert "与账本一致" in stranger.get(f"{PAGE}{later}").text


def test_a_month_as_a_workbook(manager: Visitor, later: str) -> None:
    file = manager.post(f"{PAGE}month/{later[:7]}", page=PAGE)
    assert "spreadsheetml" in file.mimetype
    assert ZipFile(io.BytesIO(file.data)).testzip() is None
    assert manager.post(f"{PAGE}month/2099-01", page=PAGE).status_code == 409


@pytest.mark.parametrize("path", ["2026-02-30", "20261101", "nonsense", "2099-01-01", "1999-01-01"])
def test_days_that_arent_there(manager: Visitor, path: str) -> None:
    answer = manager.get(f"{PAGE}{path}")
    assert answer.status_code in (404, 409), words(answer)


def test_today_isnt_over(manager: Visitor, day: str) -> None:
    assert manager.get(f"{PAGE}{day}").status_code >= 400
    assert "还没有对账单" in manager.get(PAGE).text
