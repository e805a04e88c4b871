"""What stays open is left as a signed file that others can check, and that no spreadsheet runs.

Seen to fail when `safe` lets every cell through.
"""

import csv
import io
import subprocess
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.feedback import reconciling, reporting, sending
from app.feedback.errors import DayNotCompared
from app.feedback.models import Difference
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.sealing import keyring


@pytest.fixture
def compared(liu, sandbox, time):
    """(The day, its records): the platform has lost one of three, and we another."""
    sending.work()
    day, numbers = clock.today(), sorted(liu[1])
    time.passes(days=1, hours=3)
    with transaction() as s:
        s.execute(text("DELETE FROM feedbacks WHERE record_no = :no"), {"no": numbers[0]})
        s.execute(text("UPDATE feedbacks SET state = 'rejected', receipt_no = NULL WHERE record_no = :no"),
                  {"no": numbers[1]})
    session().expire_all()
    reconciling.reconcile(day)
    return day, numbers


def rows(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_it_says_what_differs_and_what_to_do(compared):
    day, numbers = compared
    told = rows(reporting.newest(day).content)
    assert told[0] == [reporting.TITLE]
    assert ["结算日", str(day)] in told
    assert ["结论", "有差异"] in told
    assert ["记录数", "1", "3"] in told
    found = {row[0]: row[1] for row in told[told.index(list(reporting.COLUMNS)) + 1:]}
    assert found == {numbers[0]: "theirs_only", numbers[1]: "state"}
    meant = {row[0]: row[1:] for row in told[told.index(list(reporting.KINDS)) + 1:] if len(row) == 3}
    assert meant["theirs_only"][0] == "仅平台有"
    assert all(words and todo for words, todo in meant.values()), "each says what to do"


def test_anybody_can_check_it_with_openssl_and_a_changed_byte_shows(compared, tmp_path, app):
    day, _ = compared
    run = app.test_cli_runner().invoke
    made = run(args=["feedback", "report", str(day), "--to", str(tmp_path)])
    assert made.exit_code == 0, made.output
    file = tmp_path / f"{day}.csv"
    check = ["openssl", "dgst", "-sha256", "-verify", f"{file}.pem", "-signature", f"{file}.sig", str(file)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    assert run(args=["feedback", "verify-report", str(file)]).exit_code == 0
    good = file.read_bytes()
    for place in (10, len(good) // 2, len(good) - 3):
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1:])
        assert run(args=["feedback", "verify-report", str(file)]).exit_code == 1
        assert subprocess.run(check, capture_output=True, check=False).returncode == 1
    file.write_bytes(good)
    (tmp_path / f"{day}.csv.sig").unlink()
    assert run(args=["feedback", "verify-report", str(file)]).exit_code == 1


def test_our_key_under_anything_else_is_no_report(compared):
    key = keyring().trail
    other = f"xinyi-plus trail block v1\r\n签名密钥,{key.current}\r\n".encode()
    assert not reporting.verify(other, key.now.sign(other, reporting.ALGORITHM))
    signed = reporting.newest(compared[0])
    assert reporting.verify(signed.content, signed.signature)
    assert not reporting.verify(signed.content.replace(key.current.encode(), b"nokey"), signed.signature)


def test_no_cell_is_a_formula(compared):
    day, _ = compared
    bad = ["=1+1", "+1", "-1", "@a", "|a", "%a", "\t=1", "\r=1", "  =1", "＝1+1", "＠a"]
    with transaction() as s:
        s.add_all([Difference(day=day, record_no=each, kind="theirs_only", theirs=each) for each in bad])
        s.flush()
        reporting.make(day)
    cells = [cell for row in rows(reporting.newest(day).content) for cell in row]
    assert [cells.count(f"'{each}") for each in bad] == [2] * len(bad)
    assert not [cell for cell in cells if reporting.FORMULA.match(cell)]


def test_every_comparison_leaves_one_and_the_newest_counts(compared, app, time):
    day, _ = compared
    first = reporting.newest(day)
    time.passes(minutes=1)
    reconciling.reconcile(day)
    assert reporting.newest(day).content != first.content
    with pytest.raises(DayNotCompared):
        reporting.newest(day - timedelta(days=9))
    assert app.test_cli_runner().invoke(args=["feedback", "reconcile", str(day)]).exit_code == 1
    assert app.test_cli_runner().invoke(args=["feedback", "reconcile", "2026-02-30"]).exit_code == 2
