"""Certificates at the console: by the officer, from records, ended with a reason; another county's aren't there.

Break tried: `_acts` for all.
"""

import io
import re
import uuid
from typing import Any

import psycopg
from pypdf import PdfReader

from app.kernel import clock
from app.volunteers.certificates import certifying
from tests.console.browsing import Visitor, words
from tests.console.league.conftest import Ground
from tests.volunteers import league
from tests.volunteers.test_certificates import days, ready, stamp

PAGE, ISSUER = "/console/league/certificates/", "/console/league/issuer/"
TOLD = {"responsible": "示例负责人", "handler": "示例经办人", "contact": "0791-1234567"}


def upload(there: Visitor, picture: bytes) -> Any:
    return there.post(f"{ISSUER}seal", {"picture": (io.BytesIO(picture), "seal.png")})


def period() -> dict[str, str]:
    return {"period_from": clock.today().isoformat(), "period_to": clock.today().isoformat(), "note": "用于升学"}


def test_the_whole_way(ground: Ground, db: psycopg.Connection) -> None:
    """Said, sealed, issued, printed, issued anew, voided."""
    east, who = ground.there("east", "hours_officer"), ground.east["东一"]
    assert "还不能出具证明，缺少：负责人、经办人和联系方式、印章图片" in words(east.get(ISSUER))
    refused = east.post(f"{PAGE}new/{who}", period())
    assert refused.status_code == 409
    assert "请先在“证明设置”中填写" in words(refused)
    assert "已保存" in words(east.post(f"{ISSUER}state", TOLD))
    assert upload(east, b"\x89PNG\r\n\x1a\nnothing").status_code == 422
    assert upload(east, stamp()).status_code == 200
    assert "缺少" not in words(east.get(ISSUER))
    issued = east.post(f"{PAGE}new/{who}", period())
    assert "已出具" in words(issued)
    assert "120 小时" in words(issued)
    assert "东一" not in words(issued), "masked"
    row = db.execute("SELECT id FROM certificates").fetchone()
    assert row is not None
    one = f"{PAGE}{row[0]}"
    assert east.get(f"{one}/file").status_code == 404
    printed = east.post(f"{one}/file", page=one)
    assert printed.mimetype == "application/pdf"
    assert "东一" in PdfReader(io.BytesIO(printed.data)).pages[0].extract_text()
    anew = east.post(f"{one}/reissue", {"reason": "格式更正"})
    assert "换发自" in words(anew)
    assert "已换发" in words(east.get(one))
    assert east.post(f"{one}/void", {"reason": "再来一次"}).status_code == 409
    new = re.search(rf"{PAGE}([0-9a-f-]{{36}})/void", anew.text)
    assert new is not None
    assert "已作废" in words(east.post(f"{PAGE}{new[1]}/void", {"reason": "登记有误"}))
    assert [len(re.findall(rf'href="{PAGE}[0-9a-f-]{{36}}"', east.get(f"{PAGE}?{query}").text)) for query in (
        "", "state=voided", "state=asked", "source=citizen", "number=ZM2026")] == [2, 1, 0, 0, 0]
    export = east.post(PAGE, {"purpose": "年度核对"})
    assert export.mimetype == "text/csv"
    assert "ZM2026-" in export.text
    assert "东一" not in export.text
    whats = {what for what, in db.execute("SELECT what FROM trail_entries WHERE about = %s", (f"volunteer:{who}",))}
    assert {"certificate.issued", "certificate.read", "certificate.printed", "certificate.reissued",
            "certificate.voided", "volunteer.export"} <= whats
    assert "certificate" not in str(db.execute(
        "SELECT purpose FROM trail_entries WHERE what LIKE 'certificate.%'").fetchall()), "in words"


def test_who_moved_away_leaves_their_paper_to_its_issuer(app: Any, ground: Ground, db: psycopg.Connection) -> None:
    """It is listed and may be voided, and tells nothing more of them."""
    with app.app_context():
        officer = ready(league.colleague(ground.league.east, "hours_officer"))
        made = certifying.issue(officer, uuid.UUID(ground.east["东一"]), days()).id
    db.execute("UPDATE volunteers SET organisation_id = %s, organisation_path = %s WHERE id = %s",
               (ground.league.west.organisation_id, ground.league.west.path, ground.east["东一"]))
    east = ground.there("east", "hours_officer")
    assert "已转出" in words(east.get(PAGE))
    shown = east.get(f"{PAGE}{made}")
    assert "已转出" in words(shown)
    assert "服务内容" not in words(shown)
    assert east.post(f"{PAGE}{made}/file", page=f"{PAGE}{made}").status_code == 404
    assert "已作废" in words(east.post(f"{PAGE}{made}/void", {"reason": "登记有误"}))


def test_others_certificates_arent_there(app: Any, ground: Ground) -> None:
    """Of another county, of nobody: one answer; and who isn't an officer can't act."""
    with app.app_context():
        officer = ready(league.colleague(ground.league.east, "hours_officer"))
        theirs = certifying.issue(officer, uuid.UUID(ground.east["东一"]), days()).id
    west, nobody = ground.there("west", "hours_officer"), uuid.uuid4()
    for path in ("", "/issue", "/refuse", "/void", "/reissue"):
        assert {west.get(f"{PAGE}{each}{path}").status_code for each in (theirs, nobody)} == {404}, path
    for path in ("/file", "/issue", "/refuse", "/void", "/reissue"):
        told = {west.post(f"{PAGE}{each}{path}", {"reason": "不属于本县"}, page=PAGE).status_code
                for each in (theirs, nobody)}
        assert told == {404}, path
    assert west.get(f"{PAGE}new/{ground.east['东一']}").status_code == 404
    assert west.post(f"{PAGE}new/{ground.east['东一']}", period(), page=PAGE).status_code == 404
    assert str(theirs) not in west.get(PAGE).text
    viewer = ground.there("east", "viewer")
    shown = viewer.get(f"{PAGE}{theirs}")
    assert shown.status_code == 200
    assert "作废" not in words(shown)
    assert viewer.post(f"{PAGE}{theirs}/file", page=f"{PAGE}{theirs}").status_code == 403
    assert viewer.get(ISSUER).status_code == 403
