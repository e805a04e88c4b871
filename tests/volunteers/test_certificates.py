"""Certificates: what they say comes from the records, is signed, is checked by anybody, and ends with a reason.

Breaks tried: see each test.
"""

import io
import re
import threading
import uuid
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import reportlab
from PIL import Image
from psycopg import sql
from pypdf import PdfReader
from sqlalchemy.exc import IntegrityError

from app.identity import belonging
from app.identity import queries as citizens
from app.kernel import clock
from app.kernel.db import transaction
from app.staff.errors import RoleMissing
from app.volunteers import registering
from app.volunteers.certificates import certifying, handing_out, issuers, printing, seal_reading
from app.volunteers.certificates import checking as checking_certificates
from app.volunteers.certificates import ending as ending_certificates
from app.volunteers.certificates import queries as certificate_queries
from app.volunteers.certificates import texts as certificate_text
from app.volunteers.certificates.certifying import Wish
from app.volunteers.certificates.errors import (
    CertificateBroken,
    CertificateCheckFailed,
    CertificateChecksUsedUp,
    CertificateNotIssued,
    CertificatePeriodWrong,
    CertificateStateWrong,
    CertificatesUnready,
    CertificateUnknown,
    IssuerIncomplete,
    NothingToCertify,
    SealRefused,
    VolunteerIdentityDoubted,
    VolunteerIdentityMissing,
)
from app.volunteers.certificates.issuers import Answering
from app.volunteers.certificates.printing import Paper
from app.volunteers.certificates.texts import Line, Text
from app.volunteers.errors import NotAVolunteer, VolunteerUnknown
from app.volunteers.service import hours
from tests import cast
from tests.consent import ground
from tests.volunteers import league
from tests.volunteers.league import League

ANSWERING = Answering("示例负责人", "示例经办人", "0791-1234567", self_service=False)
HERE, ELSEWHERE = "198.51.100.7", "198.51.100.8"


def stamp(width: int = 200, height: int = 200, form: str = "PNG", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (width, height), (200, 0, 0, 120)).convert("RGB" if form == "JPEG" else "RGBA").save(
        out, form, **more)
    return out.getvalue()


def ready(scope: Any, *, self_service: bool = False) -> Any:
    issuers.state(scope, Answering("示例负责人", "示例经办人", "0791-1234567", self_service))
    issuers.put_seal(scope, stamp())
    return scope


def days(back: int = 30, note: str = "") -> Wish:
    return Wish(clock.today() - timedelta(days=back), clock.today(), note)


def serve(volunteer_id: uuid.UUID, minutes: int, activity: str = "社区服务", ago: int = 3) -> None:
    hours.add(volunteer_id, activity=activity, served_on=clock.today() - timedelta(days=ago), minutes=minutes,
              source="团支部")


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.fixture
def tree(inside: Any) -> League:
    return league.made()


@pytest.fixture
def officer(tree: League) -> Any:
    return ready(league.colleague(tree.east, "hours_officer"))


@pytest.fixture
def lin(tree: League) -> uuid.UUID:
    """Lin, registered by the east with 90 minutes at one activity and 60 at another."""
    told = league.person(cast.LIN.name, cast.LIN.id_number)
    volunteer_id = registering.enrol(tree.east, told).volunteer_id
    serve(volunteer_id, 90)
    serve(volunteer_id, 60, "敬老院陪伴", 5)
    return volunteer_id


def test_it_says_what_the_records_say(officer: Any, lin: uuid.UUID, db: psycopg.Connection) -> None:
    """All fields of the rules; nothing from outside of the period; sealed at rest. Break tried: the period left out of
    the query.
    """
    serve(lin, 600, "从前的活动", 60)
    serve(lin, -30)
    made = certifying.issue(officer, lin, days(note="用于升学"))
    _, _, text = handing_out.read(officer, made.id)
    assert text is not None
    assert [(line.activity, line.minutes) for line in text.lines] == [("敬老院陪伴", 60), ("社区服务", 60)]
    assert (text.name, text.id_number, text.id_kind, text.minutes) == (
        cast.LIN.name, cast.LIN.id_number, "居民身份证", 120)
    printed = text_of(handing_out.to_staff(officer, made.id))
    volunteer_no = db.execute("SELECT volunteer_no FROM volunteers").fetchone()[0]  # type: ignore[index]
    for told in ("志愿服务记录证明", cast.LIN.name, "居民身份证", cast.LIN.id_number, volunteer_no, "2 小时",
                 "社区服务", "敬老院陪伴", "东县团委", "示例负责人", "示例人员", "0791-1234567",
                 clock.today().isoformat(), "用于升学",
                 certificate_text.shown_number(text.number), certificate_text.check_code(made)):
        assert told in printed, told
    kept = str(db.execute("SELECT * FROM certificates").fetchone())
    assert cast.LIN.id_number not in kept
    assert cast.LIN.id_number.encode() not in bytes(
        db.execute("SELECT text_sealed FROM certificates").fetchone()[0])  # type: ignore[index]


def test_nobody_without_office_seal_or_records_issues(tree: League, officer: Any, lin: uuid.UUID) -> None:
    with pytest.raises(RoleMissing):
        certifying.issue(tree.east, lin, days())
    west = league.colleague(tree.west, "hours_officer")
    with pytest.raises(VolunteerUnknown):
        certifying.issue(ready(west), lin, days())
    city = league.colleague(tree.city, "hours_officer")
    issuers.state(city, ANSWERING)
    with pytest.raises(IssuerIncomplete):
        certifying.issue(city, lin, days())
    with pytest.raises(NothingToCertify):
        certifying.issue(officer, lin, days(1))
    for wrong in (Wish(clock.today(), clock.today() - timedelta(days=1)),
                  Wish(clock.today(), clock.today() + timedelta(days=1))):
        with pytest.raises(CertificatePeriodWrong):
            certifying.issue(officer, lin, wrong)
    made = certifying.issue(officer, lin, days())
    with pytest.raises(CertificateUnknown):
        handing_out.to_staff(west, made.id)
    with pytest.raises(CertificateUnknown):
        ending_certificates.void(west, made.id, "不属于本县")


def test_a_name_that_doesnt_fit_is_certified_by_nobody(officer: Any, lin: uuid.UUID, db: psycopg.Connection) -> None:
    """Neither one without a number. Break tried: the state not looked at."""
    db.execute("UPDATE volunteers SET real_name_state = 'mismatched', real_name_by = NULL")
    with pytest.raises(VolunteerIdentityDoubted):
        certifying.issue(officer, lin, days())
    db.execute("UPDATE volunteers SET real_name_state = 'unchecked', id_number_sealed = NULL")
    with pytest.raises(VolunteerIdentityMissing):
        certifying.issue(officer, lin, days())


def test_a_number_that_cant_be_one_closes_nothing(inside: Any) -> None:
    """Whoever mistypes waits for nobody else who did."""
    for tried in range(12):
        with pytest.raises(CertificateCheckFailed):
            checking_certificates.look("随便", "0000", "", f"203.0.113.{tried}")


def test_what_was_altered_shows(officer: Any, lin: uuid.UUID, db: psycopg.Connection) -> None:
    """By who may write to the tables: another number, another digest, another's text, an unsigned row. Break tried: the
    signature not verified (the digest alone then lets the second through).
    """
    made, other = (certifying.issue(officer, lin, days(back)) for back in (30, 20))
    number = made.certificate_no
    assert checking_certificates.look(str(number), cast.LIN.id_number[-4:], "", HERE).state == "issued"
    columns = ("certificate_no", "digest", "key_id", "text_sealed", "signature")
    told, others = (db.execute("SELECT certificate_no, digest, key_id, text_sealed, signature FROM certificates "
                               "WHERE id = %s", (each.id,)).fetchone() for each in (made, other))
    assert told is not None
    assert others is not None
    for place, name in enumerate(columns):
        spoilt = {"certificate_no": "ZM2026000000000000", "key_id": "another"}.get(name, others[place])
        for value, holds in ((spoilt, False), (told[place], True)):
            db.execute(sql.SQL("UPDATE certificates SET {} = %s WHERE id = %s").format(sql.Identifier(name)),
                       (value, made.id))
            if not holds:
                with pytest.raises(CertificateBroken):
                    handing_out.to_staff(officer, made.id)
    assert handing_out.to_staff(officer, made.id)


def test_voided_and_reissued(officer: Any, lin: uuid.UUID) -> None:
    """The new one names the old; each ends once, also by two at a time. Break tried: `_end` without the state."""
    made = certifying.issue(officer, lin, days())
    serve(lin, 30)
    new = ending_certificates.reissue(officer, made.id, "补录了时长")
    assert (new.minutes, new.replaces_id) == (180, made.id)
    assert certificate_text.shown_number(str(made.certificate_no)) in text_of(handing_out.to_staff(officer, new.id))
    tail = cast.LIN.id_number[-4:]
    assert checking_certificates.look(str(made.certificate_no), tail, "", HERE).state == "superseded"
    for again in (ending_certificates.reissue, ending_certificates.void):
        with pytest.raises(CertificateStateWrong):
            again(officer, made.id, "再来一次")
    with pytest.raises(CertificateNotIssued):
        handing_out.to_staff(officer, made.id)
    ending_certificates.void(officer, new.id, "登记有误")
    found = checking_certificates.look(str(new.certificate_no), tail, "", HERE)
    assert (found.state, found.text, found.ended_on) == ("voided", None, clock.today())


def test_anybody_checks_and_learns_what_the_paper_says(officer: Any, lin: uuid.UUID, db: psycopg.Connection) -> None:
    """Masked; one no for wrong number, wrong four, wrong name; it is seen by its person. Break tried: the name not
    compared.
    """
    made = certifying.issue(officer, lin, days())
    number, tail = certificate_text.shown_number(str(made.certificate_no)), cast.LIN.id_number[-4:]
    found = checking_certificates.look(f" {number.lower()} ", tail.lower(), cast.LIN.name, HERE)
    assert found.text is not None
    assert (found.name, found.id_number) == (f"{cast.LIN.name[0]}**", f"{cast.LIN.id_number[0]}{'*' * 13}{tail}")
    assert cast.LIN.name not in repr(found)
    wrong = [(number, "0000", ""), (number, tail, "别人"), ("ZM2026-0000-0000-0000", tail, ""), ("x" * 500, tail, ""),
             (number, "", ""), (number, "٠١٢٣", "")]
    noes = []
    for told in wrong:
        with pytest.raises(CertificateCheckFailed) as no:
            checking_certificates.look(*told, ELSEWHERE)
        noes.append((no.value.code, no.value.detail, no.value.extra))
    assert noes == noes[:1] * len(wrong)
    citizen = ground.citizen(cast.LIN)
    about = belonging.records(citizen)
    assert db.execute("SELECT count(*) FROM trail_entries WHERE what = 'certificate.checked' AND about = ANY(%s)",
                      (about,)).fetchone() == (1,)


def tries_until_closed(told: Callable[[int], tuple[str, str, str, str]]) -> int:
    for tried in range(100):
        try:
            checking_certificates.look(*told(tried))
        except CertificateChecksUsedUp:
            return tried
        except CertificateCheckFailed:
            continue
    return 100


def test_the_last_four_cant_be_tried_out(officer: Any, lin: uuid.UUID) -> None:
    """By number from many networks, by network over many numbers; who looks rightly isn't counted. Break tried: each of
    the two counts taken out.
    """
    number = str(certifying.issue(officer, lin, days()).certificate_no)
    for _ in range(30):
        assert checking_certificates.look(number, cast.LIN.id_number[-4:], "", HERE)
    assert tries_until_closed(lambda tried: (number, f"{tried:04d}", "", f"203.0.113.{tried}")) < 10
    assert tries_until_closed(lambda tried: (f"ZM2026{tried:012d}", "0000", "", ELSEWHERE)) < 40


def test_numbers_tell_nothing_of_others(inside: Any) -> None:
    numbers = {certificate_text.new_number(clock.today()) for _ in range(500)}
    assert len(numbers) == 500
    assert all(certificate_text.NUMBER.fullmatch(each) for each in numbers)
    assert len({each[6:9] for each in numbers}) > 400
    assert certificate_text.read_number("zm2026-o123-iL45-wxyz") == "ZM2026" + "01231145WXYZ"


def test_asked_for_by_the_volunteer(tree: League, officer: Any, lin: uuid.UUID) -> None:
    """Put before the officer, once; refused with a reason, or issued; at once where the organisation lets the system do
    it. Break tried: `self_service` not looked at.
    """
    own = ground.citizen(cast.LIN).id

    def me() -> Any:
        return citizens.get(own)

    asked = certifying.ask(me(), days())
    assert asked.state == "asked"
    assert certifying.ask(me(), days()).id == asked.id
    assert handing_out.own(me(), asked.id)[0].id == asked.id
    with pytest.raises(CertificateNotIssued):
        handing_out.to_citizen(me(), asked.id)
    assert certifying.answer(officer, asked.id).state == "issued"
    with pytest.raises(CertificateStateWrong):
        certifying.answer(officer, asked.id)
    assert cast.LIN.id_number in text_of(handing_out.to_citizen(me(), asked.id))
    second = certifying.ask(me(), days(10))
    certifying.refuse(officer, second.id, "请更正期间")
    assert handing_out.own(me(), second.id)[0].end_reason == "请更正期间"
    ready(officer, self_service=True)
    third = certifying.ask(me(), days(11))
    assert (third.state, third.issued_by) == ("issued", "citizen")
    assert "经办人：示例经办人" in text_of(handing_out.to_citizen(me(), third.id))
    with pytest.raises(CertificateUnknown):
        handing_out.own(ground.citizen(cast.ZHOU), third.id)
    with pytest.raises(NothingToCertify):
        certifying.ask(me(), days(0))
    with pytest.raises(NotAVolunteer):
        certifying.ask(ground.citizen(cast.MEI), days())


def test_who_recorded_certifies(tree: League, officer: Any, lin: uuid.UUID, db: psycopg.Connection) -> None:
    """With records of the west among them it is the city that is asked, and the east certifies its own only. Break
    tried: `contents` over all paths.
    """
    serve(lin, 45, "西县的活动", 2)
    west = db.execute("SELECT path FROM organisations WHERE id = %s", (tree.west.organisation_id,)).fetchone()
    assert west is not None
    db.execute("UPDATE service_records SET organisation_path = %s, organisation_id = %s WHERE activity = '西县的活动'",
               (west[0], tree.west.organisation_id))
    asked = certifying.ask(ground.citizen(cast.LIN), days())
    assert asked.organisation_id == tree.city.organisation_id
    assert certifying.issue(officer, lin, days()).minutes == 150
    wish, east = days(), tree.east.path
    own = certificate_queries.contents(lin, east, wish.first, wish.last)  # without row-level security
    assert sum(line.minutes for line in own) == 150
    city = ready(league.colleague(tree.city, "hours_officer"))
    assert certifying.answer(city, asked.id).minutes == 195


def test_two_ask_at_once(app: Any, tree: League, officer: Any, lin: uuid.UUID, db: psycopg.Connection) -> None:
    """One row."""
    citizen, start, made = ground.citizen(cast.LIN), threading.Barrier(6), []

    def ask() -> None:
        start.wait()
        made.append(certifying.ask(ground.again(citizen), days()).id)

    racers = [threading.Thread(target=ground.in_context(app, ask)) for _ in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(made) == 6
    assert len(set(made)) == 1


def test_the_database_has_the_last_word(officer: Any, lin: uuid.UUID, db: psycopg.Connection) -> None:
    """A paper without a signature, one that ended without a reason, one that replaces two."""
    made, other = (certifying.issue(officer, lin, days(back)) for back in (30, 20))
    for name, wrong in (("signature", None), ("state", "voided"), ("state", "asked"), ("minutes", 0),
                        ("organisation_id", None), ("replaces_id", made.id), ("period_from", clock.today())):
        days_on = sql.SQL(", period_to = '2000-01-01'") if name == "period_from" else sql.SQL("")
        with pytest.raises(psycopg.errors.IntegrityError):
            db.execute(sql.SQL("UPDATE certificates SET {} = %s{} WHERE id = %s").format(
                sql.Identifier(name), days_on), (wrong, made.id))
    db.execute("UPDATE certificates SET replaces_id = %s WHERE id = %s", (other.id, made.id))
    new = ending_certificates.reissue(officer, made.id, "更正")
    with pytest.raises(IntegrityError), transaction() as s:
        s.merge(new).replaces_id = other.id


def bomb() -> bytes:
    """A PNG of 30,000 × 30,000 in some hundred bytes."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    size = (30_000).to_bytes(4, "big")
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + size + b"\x08\x02\x00\x00\x00")
            + chunk(b"IDAT", zlib.compress(b"\x00" * 100_000)) + chunk(b"IEND", b""))


def test_a_seal_is_drawn_anew(inside: Any) -> None:
    """Only pixels go over; what is no seal is refused. Break tried: the bytes kept as they came."""
    from_camera = Image.new("RGBA", (300, 200), (255, 0, 0, 255))
    told, out = Image.Exif(), io.BytesIO()
    told[0x010E] = "hidden words"
    from_camera.save(out, "PNG", exif=told)
    drawn = seal_reading.read(out.getvalue())
    assert b"hidden words" in out.getvalue()
    assert b"hidden words" not in drawn
    assert Image.open(io.BytesIO(drawn)).size == (300, 200)
    moving = stamp(save_all=True, append_images=[Image.new("RGBA", (200, 200), (0, 0, 255, 255))])
    for wrong in (b"", b"\x89PNG\r\n\x1a\n", stamp(99, 99), stamp(1001, 1001), stamp(600, 200), stamp(form="JPEG"),
                  moving, bomb(), stamp()[:-60], stamp() + b"\x00" * 600_000):
        with pytest.raises(SealRefused):
            seal_reading.read(wrong)


def paper(lines: int) -> Paper:
    """Ji's, whose name holds rare characters."""
    every = tuple(Line("社区环境整治与关爱老人志愿服务" * 3, "2026-01-02", "2026-03-04", 90) for _ in range(lines))
    told = Text("ZM20268D3K91TZ0QWX", cast.JI.name, "居民身份证", cast.JI.id_number, "3601000012345678", "2026-01-01",
                "2026-11-23", 5430, every, 3, 30, "东县团委", "甲", "乙", "丙", "2026-11-23", "", "", "00")
    return Paper(told, "AAAA", seal_reading.read(stamp()), "http://127.0.0.1/portal/certificates?number=Z")


def test_a_font_that_lacks_a_character_says_so(inside: Any) -> None:
    """A rare name never becomes a gap; sixty activities are some pages."""
    pdf = printing.print_out(paper(60))
    assert pdf == printing.print_out(paper(60))
    printed = text_of(pdf)
    assert "〔U+20BB7〕〔U+4DAE〕样" in printed
    assert "字库未收录" in printed
    assert "其他 3 项活动合计" in printed
    assert 2 < len(re.findall("第 [0-9] 页", printed)) < 8
    assert not any(each in pdf for each in (b"/JavaScript", b"/AA", b"/OpenAction"))


def test_a_font_of_ones_own_goes_into_the_file(inside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One without Chinese spells every character; one that is none is told as the operator's."""
    font = str(Path(reportlab.__file__).with_name("fonts") / "Vera.ttf")
    for file, holds in ((font, True), ("/nothing.ttf", False), (__file__, False)):
        monkeypatch.setattr(printing, "settings", lambda file=file: SimpleNamespace(CERTIFICATE_FONT=file))
        if holds:
            pdf = printing.print_out(paper(1))
            assert b"/FontFile2" in pdf
            assert "U+6837" in text_of(pdf)
            assert cast.JI.id_number in text_of(pdf)
        else:
            with pytest.raises(CertificatesUnready):
                printing.print_out(paper(1))
