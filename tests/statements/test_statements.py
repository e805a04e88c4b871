"""A day's statement: by ours and PayScore's doors, fetched, opened, and equal to the ledger to the fen.

Breaks that were tried: a file with a line more than its summary row; the digest over the zipped file; the token
without its merchant; `safe` without the full-width signs, without the leading '; lines by `redeemed_at` in place of
the day they were booked on; `ready` without its hour.
"""

import csv
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask
from wechatpayv3 import WeChatPay, WeChatPayType

from app.benefits import balancing, downloads, redeeming, reversing, statements, workbooks
from app.benefits.errors import NoStatement
from app.benefits.models import Offer
from app.benefits.redeeming import Request
from app.kernel import clock
from app.merchants import enrolling, sealing
from tests.merchant_api.till import Till

Use = Callable[..., str]
SM4 = "AEAD_SM4_GCM"


class Day:
    """The application's clock; tills and tests keep theirs, so it only goes forward within a request's window."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def at(self, day: date, hour: int, minute: int = 0) -> None:
        moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock.SHANGHAI)
        self._patch.setattr(clock, "now", lambda: moment)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> date:
    """The Shanghai day that the test plays on; its clock stands still, so that no midnight passes."""
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    return clock.shanghai_day(moment)


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Day:
    return Day(monkeypatch)


@pytest.fixture
def later(till: Till) -> Callable[[str], Any]:
    """`later(path)`: a signed GET at the application's time."""

    def get(path: str, by: Till | None = None) -> Any:
        shop = by or till
        stamp = clock.now().timestamp()
        return shop.client.get(path, headers={"Authorization": shop.authorize("GET", path, b"", at=stamp)})

    return get


@pytest.fixture
def use(app: Flask, show: Callable[..., Any]) -> Use:
    """`use(offer, number, out=…, clerk=…, **amount)`: claimed and redeemed; the merchant's number of it."""

    def used(offer: Offer, number: int = 1, out: str | None = None, clerk: str | None = None, **amount: int) -> str:
        _, code = show(offer, number)
        told = out or f"R-{number}"
        with app.app_context():
            redeeming.redeem(offer.merchant_id, Request(told, offer.service_id, presentation=code, clerk=clerk,
                                                        amount=amount or None))
        return told

    return used


def rows(file: bytes) -> tuple[list[dict[str, str]], dict[str, str]]:
    """(lines, summary) as a merchant would read them, and that the file is laid out as it is told."""
    assert file.startswith(b"\xef\xbb\xbf")
    assert file.endswith(b"\r\n")
    told = list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))
    assert tuple(told[0]) == statements.HEAD
    assert tuple(told[-2]) == statements.SUMMARY
    lines = [dict(zip(statements.HEAD, each, strict=True)) for each in told[1:-2]]
    return lines, dict(zip(statements.SUMMARY, told[-1], strict=True))


def fetched(later: Any, asked: Any, by: Till | None = None) -> bytes:
    assert asked.status_code == 200, asked.text
    path = asked.json["download_url"].partition("/v3/")[2]
    answer = later(f"/v3/{path}", by)
    assert answer.status_code == 200, answer.text
    data: bytes = answer.data
    return data


def played(app: Flask, use: Use, voucher: Offer, rental: Offer) -> None:
    """Two vouchers, of which one is taken back, and an order that is out."""
    use(voucher, 1, "V-1", original=2000, waived=1500, paid=500)
    use(voucher, 2, "=1+1@x", clerk="=HYPERLINK(1)")
    use(rental, 3, "O-1", waived=2500)
    with app.app_context():
        reversing.reverse(voucher.merchant_id, "V-1", "误扫")


def test_ours(app: Flask, voucher: Offer, rental: Offer, use: Use, day: Day, today: date, later: Any) -> None:
    played(app, use, voucher, rental)
    day.at(today + timedelta(days=1), 10)
    asked = later(f"/v3/xinyi/bills?bill_date={today}")
    assert asked.json.keys() == {"download_url", "hash_type", "hash_value"}
    file = fetched(later, asked)
    assert (asked.json["hash_type"], hashlib.sha256(file).hexdigest()) == ("SHA256", asked.json["hash_value"])
    lines, summary = rows(file)
    assert [(line["类型"], line["商户使用单号"], line["免除(分)"], line["实付(分)"]) for line in lines] == [
        ("完结", "V-1", "1500", "500"), ("完结", "'=1+1@x", "1800", "0"), ("开立", "O-1", "2500", "0"),
        ("撤回", "V-1", "1500", "500")]
    assert lines[1]["店员"] == "'=HYPERLINK(1)"
    assert list(summary.values()) == ["4", "1", "2500", "2", "3300", "500", "0", "0", "1", "1500"]
    assert later(f"/v3/xinyi/bills?bill_date={today}").json["hash_value"] == asked.json["hash_value"]
    zipped = later(f"/v3/xinyi/bills?bill_date={today}&tar_type=GZIP")
    assert gzip.decompress(fetched(later, zipped)) == file
    assert zipped.json["hash_value"] == asked.json["hash_value"]  # of the plain file, as WeChat Pay's is
    one = later(f"/v3/xinyi/bills?bill_date={today}&service_id={rental.service_id}")
    assert [line["服务ID"] for line in rows(fetched(later, one))[0]] == [rental.service_id]


def test_every_line_traces_and_the_sums_are_the_ledgers(app: Flask, db: psycopg.Connection, voucher: Offer,
                                                        rental: Offer, use: Use, day: Day, today: date) -> None:
    played(app, use, voucher, rental)
    day.at(today + timedelta(days=1), 10)
    with app.app_context():
        lines, summary = rows(statements.plain(voucher.merchant_id, today))
        assert balancing.check_day(today).wrong == []
    for line in lines:
        traced = db.execute("SELECT e.entitlement_no, r.waived_fen FROM redemptions r JOIN entitlements e "
                            "ON e.id = r.entitlement_id WHERE r.redemption_no = %s", (line["使用编号"],)).fetchone()
        assert traced == (line["权益凭证号"], int(line["免除(分)"]))
    booked = dict(db.execute("SELECT kind, sum(fen)::bigint FROM ledger_entries WHERE merchant_id IS NOT NULL "
                             "GROUP BY kind").fetchall())
    assert int(summary["完结免除(分)"]) == booked["settle"]
    assert int(summary["撤回免除(分)"]) == booked["reverse"]
    assert int(summary["开立免除(分)"]) == booked["redeem"] - booked["settle"]  # vouchers are settled at once


def test_a_day_that_is_over_stays_as_it_was(app: Flask, voucher: Offer, rental: Offer, use: Use, day: Day, today: date,
                                            later: Any) -> None:
    """What is put right later, or was used earlier and came in late, stands on the day it was booked."""
    use(voucher, 1, "V-1")
    day.at(today + timedelta(days=1), 10)
    before = later(f"/v3/xinyi/bills?bill_date={today}").json["hash_value"]
    with app.app_context():
        reversing.reverse(voucher.merchant_id, "V-1", "误扫")
    assert later(f"/v3/xinyi/bills?bill_date={today}").json["hash_value"] == before
    day.at(today + timedelta(days=2), 10)
    assert later(f"/v3/xinyi/bills?bill_date={today}").json["hash_value"] == before
    lines, _ = rows(fetched(later, later(f"/v3/xinyi/bills?bill_date={today + timedelta(days=1)}")))
    assert [line["类型"] for line in lines] == ["撤回"]


@pytest.mark.parametrize(("ahead", "hour", "asked", "issue"), [
    (0, 23, 0, "NO_STATEMENT_EXIST"), (0, 23, 1, "NO_STATEMENT_EXIST"), (1, 9, 0, "STATEMENT_CREATING"),
    (1, 0, 0, "STATEMENT_CREATING"), (1, 10, 0, None), (5, 0, 0, None), (1, 10, -3, "NO_STATEMENT_EXIST")])
def test_when_it_can_be_had(till: Till, day: Day, today: date, later: Any, ahead: int, hour: int, asked: int,
                            issue: str | None) -> None:
    day.at(today + timedelta(days=ahead), hour)
    answer = later(f"/v3/xinyi/bills?bill_date={today + timedelta(days=asked)}")
    if issue is None:
        assert rows(fetched(later, answer))[0] == []
        return
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_REQUEST")
    assert answer.json["detail"] == {"field": "/bill_date", "issue": issue}


@pytest.mark.parametrize("query", [
    "tar_type=GZIP", "bill_date=2026-2-3", "bill_date=20261101", "bill_date=2026-11-31", "bill_date=2026-11-01&x=1",
    "bill_date=2026-11-01&bill_date=2026-11-02", "bill_date=2026-11-01&tar_type=ZIP", "bill_date=１",
    "bill_date=2026-11-01&service_id=nobody"])
def test_what_is_asked_wrongly(later: Any, query: str) -> None:
    answer = later(f"/v3/xinyi/bills?{query}")
    assert (answer.status_code, answer.json["code"]) == (400, "PARAM_ERROR")


def test_anothers_service_isnt_there(app: Flask, till_of: Callable[..., Till], voucher: Offer, day: Day, today: date,
                                     later: Any) -> None:
    other = till_of(2)
    day.at(today + timedelta(days=1), 10)
    answers = [later(f"/v3/{door}?bill_date={today}&service_id={service}{more}", other)
               for service in (voucher.service_id, "0" * 32)
               for door, more in (("xinyi/bills", ""), ("payscore/merchant-bill",
                                                        "&tar_type=GZIP&encryption_algorithm=AEAD_AES_256_GCM"))]
    assert {(each.status_code, each.json["code"]) for each in answers} == {(404, "RESOURCE_NOT_EXISTS")}
    assert len({each.data for each in answers}) == 1


def test_the_address_is_one_merchants_for_five_minutes(app: Flask, till_of: Callable[..., Till], voucher: Offer,
                                                       use: Use, day: Day, today: date, later: Any) -> None:
    use(voucher, 1, "V-1")
    other = till_of(2)
    day.at(today + timedelta(days=1), 10)
    path = "/v3/" + later(f"/v3/xinyi/bills?bill_date={today}").json["download_url"].partition("/v3/")[2]
    assert later(path).status_code == 200
    assert app.test_client().get(path).status_code == 401  # who doesn't sign gets nothing
    wrong = [later(path, other), later(path[:-2] + ("AA" if path[-2:] != "AA" else "BB"))]
    assert later(path[:60]).status_code == 400  # no token has this form
    day.at(today + timedelta(days=1), 10, 5)
    wrong.append(later(path))
    assert {(each.status_code, each.data) for each in wrong} == {(404, wrong[0].data)}


def test_payscores_as_its_page_says(app: Flask, till: Till, rental: Offer, voucher: Offer, use: Use, day: Day,
                                     today: date, later: Any) -> None:
    """Open the key, decrypt, unzip, compare."""
    use(rental, 3, "O-1", waived=2500)
    use(voucher, 1, "V-1")
    day.at(today + timedelta(days=1), 10)
    asked = later(f"/v3/payscore/merchant-bill?bill_date={today}&service_id={rental.service_id}"
                  "&tar_type=GZIP&encryption_algorithm=AEAD_AES_256_GCM")
    assert asked.status_code == 200, asked.text
    assert asked.json["download_bill_count"] == 1
    (part,) = asked.json["download_bill_list"]
    assert part.keys() == {"bill_sequence", "download_url", "hash_type", "hash_value", "nonce", "encrypt_key"}
    box = fetched(later, type("Asked", (), {"status_code": 200, "json": part}))
    key = _sdk(app, till).decrypt(part["encrypt_key"])
    file = gzip.decompress(AESGCM(key.encode()).decrypt(part["nonce"].encode(), box, None))
    assert (part["hash_type"], hashlib.sha1(file).hexdigest()) == ("SHA1", part["hash_value"])  # noqa: S324
    assert [line["商户使用单号"] for line in rows(file)[0]] == ["O-1"]
    plain = later(f"/v3/payscore/merchant-bill?bill_date={today}&service_id={rental.service_id}"
                  "&encryption_algorithm=AEAD_AES_256_GCM")
    assert plain.status_code == 200, "tar_type may be left out"
    (part,) = plain.json["download_bill_list"]
    box, key = fetched(later, type("Asked", (), {"status_code": 200, "json": part})), _sdk(app, till).decrypt(
        part["encrypt_key"])
    assert AESGCM(key.encode()).decrypt(part["nonce"].encode(), box, None) == file, "nothing is zipped unasked"
    missing = later(f"/v3/payscore/merchant-bill?bill_date={today}&service_id={rental.service_id}&tar_type=GZIP")
    assert (missing.status_code, missing.json["code"]) == (400, "PARAM_ERROR")


def _sdk(app: Flask, till: Till) -> WeChatPay:
    key = till.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                 serialization.NoEncryption()).decode()
    public = till.answers_key.public_bytes(serialization.Encoding.PEM,
                                           serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    return WeChatPay(wechatpay_type=WeChatPayType.MINIPROG, mchid=till.mchid, private_key=key,
                     cert_serial_no=till.serial_no, apiv3_key="k" * 32, appid="wx", notify_url="", public_key=public,
                     public_key_id=till.answers_id)


def test_by_sm4_for_sm2_merchants(app: Flask, till: Till, voucher: Offer, use: Use, day: Day, today: date,
                                  monkeypatch: pytest.MonkeyPatch) -> None:
    """The file's key comes sealed with the APIv3 key; no serial of an RSA key leads to it."""
    use(voucher, 1, "V-1")
    day.at(today + timedelta(days=1), 10)
    with app.app_context():
        asked = downloads.ask(till.merchant_id, today, None, zipped=True, algorithm=SM4)
        asked = downloads.opened(downloads.token(asked), till.merchant_id)
        box, kind = downloads.file(asked)
        monkeypatch.setattr(enrolling, "apiv3_key", lambda _: "k" * 32)
        told = downloads.key_for(asked, "nobodys-serial")
        assert kind == "application/octet-stream"
        assert told.keys() == {"encrypt_key", "encrypt_key_nonce", "encrypt_key_associated_data"}
        assert asked.key not in json.dumps(told)
        work = Cipher(algorithms.SM4(asked.key.encode()), modes.GCM(asked.nonce.encode(), box[-16:])).decryptor()
        file = gzip.decompress(work.update(box[:-16]) + work.finalize())
        assert rows(file)[0][0]["商户使用单号"] == "V-1"
        assert sealing.AES == "AEAD_AES_256_GCM"


@pytest.mark.parametrize(("text", "cell"), [
    ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(1)", "'@SUM(1)"), ("|calc", "'|calc"), ("\tx", "'\tx"),
    ("\rx", "'\rx"), ("＝1", "'＝1"), ("＋1", "'＋1"), ("－1", "'－1"), ("＠x", "'＠x"), (" =1", "' =1"), ("%x", "'%x"),
    ("'x", "''x"), ("　=1", "'　=1"), ("R-1", "R-1"), ("", ""), ("a=1", "a=1"), ("中文", "中文"), (" ", " ")])
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    assert statements.safe(text) == cell


def test_the_month_as_a_spreadsheet(app: Flask, voucher: Offer, rental: Offer, use: Use, day: Day, today: date) -> None:
    """Texts are texts, numbers numbers; no formula anywhere; days that aren't over are left out."""
    played(app, use, voucher, rental)
    with app.app_context():
        month = today.strftime("%Y-%m")
        day.at(today + timedelta(days=40), 10)
        book = workbooks.monthly_xlsx(voucher.merchant_id, month)
        with zipfile.ZipFile(io.BytesIO(book)) as parts:
            sheets = [parts.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2)]
        assert "<f>" not in "".join(sheets)
        assert "=1+1@x" in sheets[0]
        assert sheets[0].count("<row ") == 5
        assert sheets[1].count("<row ") == 3
        assert "<v>2500</v>" in sheets[1]
        for wrong in ("2026-13", "2026-1", "x", "2026-11-01", (today + timedelta(days=100)).strftime("%Y-%m")):
            with pytest.raises(NoStatement):
                workbooks.monthly_xlsx(voucher.merchant_id, wrong)
        day.at(today, 12)
        if today.day > 2:
            book = workbooks.monthly_xlsx(voucher.merchant_id, month)
            with zipfile.ZipFile(io.BytesIO(book)) as parts:
                assert parts.read("xl/worksheets/sheet1.xml").count(b"<row ") == 1
