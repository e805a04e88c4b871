"""An application from the citizen's phone to the body's decision, over both doors."""

import hashlib
import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from app.benefits import claiming, expiring
from app.identity import tokens
from app.identity.models import LoginFamily
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.ids import new_id
from app.kernel.sealing import keyring
from tests.benefits import ground
from tests.merchant_api.till import Till

GONE = (404, "RESOURCE_NOT_EXISTS")
WRONG = (400, "INVALID_REQUEST")
PARAM = (400, "PARAM_ERROR")
PDF, PNG = b"%PDF-1.7 example", b"\x89PNG\r\n\x1a\nexample"
TERMS = {"min_grade": "A", "matters": ["个体工商户设立登记"], "required_documents": ["登记申请书"],
         "deferrable_documents": ["经营场所使用证明"], "template_version": "2026-1"}


def no(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


@dataclass
class Phone:
    """A citizen with an application that was just claimed."""

    client: Any
    headers: dict[str, str]
    id: uuid.UUID

    @property
    def path(self) -> str:
        return f"/api/v1/applications/{self.id}"

    def get(self) -> Any:
        return self.client.get(self.path, headers=self.headers).json

    def hand_in(self, name: str, content: bytes = PDF, file_name: str = "申请书.pdf") -> Any:
        return self.client.post(f"{self.path}/documents", headers=self.headers, content_type="multipart/form-data",
                                data={"name": name, "file": (io.BytesIO(content), file_name)})

    def sign(self, **other: str) -> Any:
        template = self.get()["template"]
        told = {"template_version": template["template_version"], "digest": template["digest"], **other}
        return self.client.post(f"{self.path}/commitment", headers=self.headers, json=told)

    def show(self) -> Any:
        return self.client.post(f"/api/v1/entitlements/{self.id}/presentations", headers=self.headers, json={})

    def state(self) -> str:
        return str(self.get()["state"])


@pytest.fixture
def body(till_of: Callable[..., Till]) -> Till:
    """The district's service hall, a public body."""
    return till_of(3, "public_body")


@pytest.fixture
def phone(app: Any, body: Till) -> Callable[[int], Phone]:
    """`phone(number)`: somebody who has claimed the fast track of the service hall."""
    made: list[Any] = []

    def claimed(number: int = 1) -> Phone:
        with app.app_context():
            if not made:
                made.append(ground.offer(scenario="fast_track", mchid=body.mchid, terms=TERMS, title="容缺受理",
                                         value_fen=0))
            citizen = ground.ready(number, made[0])
            form = {"matter": "个体工商户设立登记", "deferred": ["经营场所使用证明"], "note": "请电话前先短信"}
            entitlement = claiming.claim(citizen, made[0].id, None, form)
            family = LoginFamily(id=new_id(), citizen_id=citizen.id)
            with transaction() as s:
                s.add(family)
            token = tokens.access(keyring().tokens, tokens.Session(citizen.id, family.id), 900)
            return Phone(app.test_client(), {"Authorization": f"Bearer {token}"}, entitlement.id)

    return claimed


@pytest.fixture
def sent(phone: Callable[[int], Phone], body: Till) -> tuple[Phone, str]:
    """Handed in, signed, shown to the service hall and verified there; (the phone, the application's path there)."""
    lin = phone(1)
    assert lin.hand_in("登记申请书").status_code == 201
    assert lin.sign().status_code == 201
    look = body.post("/v3/xinyi/verifications", {"presentation": lin.show().json["code"]}).json
    assert look["eligible"] is True
    return lin, f"/v3/xinyi/applications/{look['entitlement_no']}"


def working_day(count: int) -> str:
    return clock.add_working_days(clock.today(), count).isoformat()


def test_it_goes_off_by_itself_once_all_is_there(phone: Callable[[int], Phone]) -> None:
    """decisions/0082: the documents that can't wait and the signature, in either order."""
    lin, ji = phone(1), phone(2)
    assert lin.get()["wanted"] == [{"name": "登记申请书", "deferred": False},
                                   {"name": "经营场所使用证明", "deferred": True}]
    assert lin.get()["asked"] == ["登记申请书"]
    answer = lin.show()
    assert (answer.status_code, answer.json["code"]) == (409, "NOT_PRESENTABLE")
    assert lin.hand_in("登记申请书").status_code == 201
    assert lin.state() == "draft"
    assert lin.sign().status_code == 201
    assert lin.state() == "signed"
    assert ji.sign().status_code == 201
    assert ji.state() == "draft"
    assert ji.hand_in("登记申请书", PNG, "a.png").status_code == 201
    assert ji.state() == "signed"
    assert ji.show().status_code == 201


def test_documents_are_checked_and_sealed(phone: Callable[[int], Phone], db: psycopg.Connection) -> None:
    """By their first bytes, whatever they call themselves; nothing of them can be read in the table."""
    lin = phone(1)
    for content in (b"MZ\x90", b"<svg onload=1>", b"", b" %PDF-1.7", b"GIF89a"):
        answer = lin.hand_in("登记申请书", content)
        assert (answer.status_code, answer.json["code"]) == (422, "DOCUMENT_REFUSED"), content
    assert lin.hand_in("户口簿").json["code"] == "DOCUMENT_UNKNOWN"
    assert lin.hand_in("登记申请书", PDF + b"0" * 5_242_880).status_code == 413
    first, second = lin.hand_in("登记申请书"), lin.hand_in("登记申请书")
    assert first.json == second.json, "the same again is the same"
    assert first.json["media_type"] == "application/pdf"
    assert first.json["digest"] == hashlib.sha256(PDF).hexdigest()
    row = db.execute("SELECT content_sealed, file_name_sealed FROM application_documents").fetchall()
    assert len(row) == 1
    assert PDF not in row[0][0]
    assert "申请书".encode() not in row[0][1]


def test_what_was_read_is_what_is_signed(phone: Callable[[int], Phone]) -> None:
    lin = phone(1)
    for change in ({"digest": "0" * 64}, {"template_version": "2025-1"}):
        answer = lin.sign(**change)
        assert (answer.status_code, answer.json["code"]) == (409, "COMMITMENT_TEXT_CHANGED")
    first = lin.sign()
    template = lin.get()["template"]
    assert hashlib.sha256(template["text"].encode()).hexdigest() == first.json["digest"] == template["digest"]
    assert lin.sign().json == first.json


def test_nobody_elses_application(phone: Callable[[int], Phone]) -> None:
    """T1: another citizen's id is as good as none."""
    lin, ji = phone(1), phone(2)
    posing = Phone(ji.client, ji.headers, lin.id)
    assert posing.client.get(posing.path, headers=posing.headers).status_code == 404
    assert posing.hand_in("登记申请书").status_code == 404
    assert posing.show().status_code == 404
    answer = posing.client.post(f"{posing.path}/commitment", headers=posing.headers,
                                json={"template_version": "2026-1", "digest": "0" * 64})
    assert answer.status_code == 404


def test_the_body_sees_what_was_sent_and_the_citizen_sees_the_look(sent: tuple[Phone, str], body: Till,
                                                                  db: psycopg.Connection) -> None:
    lin, path = sent
    case = body.get(path).json
    assert case["form"]["matter"] == "个体工商户设立登记"
    assert [each["name"] for each in case["documents"]] == ["登记申请书"]
    assert case["commitment"]["template_version"] == "2026-1"
    assert not {"grade", "name", "id_number", "phone", "citizen_id"} & case.keys()
    answer = body.get(f"{path}/documents/{case['documents'][0]['id']}")
    assert (answer.status_code, answer.data, answer.content_type) == (200, PDF, "application/pdf")
    seen = {row[0] for row in db.execute("SELECT what FROM trail_entries WHERE about = %s", (f"entitlement:{lin.id}",))}
    assert {"application.read", "document.read", "eligibility.verify"} <= seen


def test_only_what_was_shown_there_can_be_seen_there(phone: Callable[[int], Phone], body: Till,
                                                     till_of: Callable[..., Till], db: psycopg.Connection) -> None:
    """Fails where the verification isn't asked for: a guessed or leaked number opens nothing."""
    lin = phone(1)
    lin.hand_in("登记申请书")
    lin.sign()
    number = lin.get()["entitlement_no"]
    path = f"/v3/xinyi/applications/{number}"
    assert no(body.get(path)) == GONE
    other = till_of(4, "public_body")
    other.post("/v3/xinyi/verifications", {"presentation": lin.show().json["code"]})
    assert no(other.get(path)) == GONE
    assert no(body.get(path)) == GONE
    body.post("/v3/xinyi/verifications", {"presentation": lin.show().json["code"]})
    assert body.get(path).status_code == 200
    db.execute("UPDATE verifications SET at = at - interval '90 days'")
    assert body.get(path).status_code == 200, "no time limit"


def test_from_acceptance_over_a_supplement_to_the_result(sent: tuple[Phone, str], body: Till,
                                                         db: psycopg.Connection) -> None:
    lin, path = sent
    assert body.post(f"{path}/acceptance", {}).json["state"] == "accepted"
    assert body.post(f"{path}/acceptance", {}).status_code == 200, "again: nothing more is done"
    due = working_day(12)
    call = {"missing": ["经营场所使用证明"], "due": due}
    first = body.post(f"{path}/supplement", call)
    assert (first.json["state"], first.json["missing"], first.json["due"]) == ("supplement_due", call["missing"], due)
    assert body.post(f"{path}/supplement", call).json == first.json
    assert no(body.post(f"{path}/supplement", {**call, "due": working_day(13)})) == WRONG
    ends = db.execute("SELECT due_at, due_move FROM entitlements").fetchone()
    assert ends == (clock.day_end(date.fromisoformat(due)), "lapse")
    assert lin.get()["asked"] == ["经营场所使用证明"]
    assert lin.hand_in("登记申请书", PDF + b"2").status_code == 201
    assert lin.state() == "supplement_due"
    assert lin.hand_in("经营场所使用证明", PNG).status_code == 201
    assert lin.state() == "accepted"
    done = body.post(f"{path}/fulfilment", {"result_no": "（洪）登字2026第1号"})
    assert (done.json["state"], done.json["result_no"]) == ("fulfilled", "（洪）登字2026第1号")
    assert body.post(f"{path}/fulfilment", {"result_no": "（洪）登字2026第1号"}).status_code == 200
    assert no(body.post(f"{path}/fulfilment", {"result_no": "2"})) == WRONG
    assert no(body.post(f"{path}/rejection", {"legal_ground": "x", "reason": "y"})) == WRONG
    assert db.execute("SELECT outcome, waived_fen, paid_fen, region FROM usages").fetchall() == [
        ("fulfilled", 0, 0, "360100")]
    moves = [row[0] for row in db.execute("SELECT move FROM entitlement_steps ORDER BY at, id")]
    assert moves == ["claim", "submit", "accept", "ask_supplement", "hand_in", "fulfil"]


def test_the_citizen_takes_it_all_along(sent: tuple[Phone, str], body: Till) -> None:
    """The export holds what was sent and who looked."""
    lin, path = sent
    body.post(f"{path}/acceptance", {})
    body.post(f"{path}/fulfilment", {"result_no": "1"})
    told = lin.client.get("/api/v1/me/export", headers=lin.headers).json
    assert [each["file_name"] for each in told["documents"]] == ["申请书.pdf"]
    assert len(told["commitments"]) == len(told["verifications"]) == len(told["usages"]) == 1
    assert told["redemptions"] == []


def test_the_deadline_is_a_working_day_and_not_too_soon(sent: tuple[Phone, str], body: Till) -> None:
    """The offer promises 10 working days. Fails where `due` isn't compared, or a Sunday will do: then the next
    working day counts.
    """
    _, path = sent
    body.post(f"{path}/acceptance", {})
    for due in (working_day(9), working_day(1), "2026-02-30", "20261231", "2026-W53-1", "明天",
                "9999-12-31", "0001-01-01", "2020-01-01"):
        answer = body.post(f"{path}/supplement", {"missing": ["经营场所使用证明"], "due": due})
        assert (no(answer), answer.json["detail"]["field"]) == (PARAM, "/due"), due
    for missing in ([], [""], ["x"] * 31, "x"):
        assert no(body.post(f"{path}/supplement", {"missing": missing, "due": working_day(12)})) == PARAM
    weekend = clock.today() + timedelta(days=60)
    while clock.is_working_day(weekend):
        weekend += timedelta(days=1)
    called = body.post(f"{path}/supplement", {"missing": ["x"], "due": weekend.isoformat()})
    assert called.json["due"] == clock.add_working_days(weekend, 1).isoformat()
    assert body.post(f"{path}/supplement", {"missing": ["x"], "due": weekend.isoformat()}).json == called.json


def test_what_is_called_for_again_must_come_again(sent: tuple[Phone, str], body: Till) -> None:
    """Fails where a document from before the call will do; the same file again isn't another one."""
    lin, path = sent
    body.post(f"{path}/acceptance", {})
    body.post(f"{path}/supplement", {"missing": ["登记申请书"], "due": working_day(12)})
    assert lin.get()["asked"] == ["登记申请书"]
    lin.hand_in("登记申请书")
    assert lin.state() == "supplement_due"
    lin.hand_in("登记申请书", PDF + b" second page")
    assert lin.state() == "accepted"


def test_the_earliest_deadline_will_do(sent: tuple[Phone, str], body: Till) -> None:
    _, path = sent
    body.post(f"{path}/acceptance", {})
    assert body.post(f"{path}/supplement", {"missing": ["x"], "due": working_day(10)}).status_code == 200


def test_a_refusal_has_a_ground_and_a_reason_and_harms_nobody(sent: tuple[Phone, str], body: Till,
                                                              db: psycopg.Connection) -> None:
    lin, path = sent
    assert no(body.post(f"{path}/rejection", {"reason": "材料不符"})) == PARAM
    told = {"legal_ground": "《市场主体登记管理条例》第十九条", "reason": "材料不符"}
    assert body.post(f"{path}/rejection", told).json["state"] == "rejected"
    assert body.post(f"{path}/rejection", told).status_code == 200
    assert no(body.post(f"{path}/acceptance", {})) == WRONG
    assert (lin.get()["reason"], lin.get()["legal_ground"]) == (told["reason"], told["legal_ground"])
    assert db.execute("SELECT count(*) FROM usages").fetchone() == (0,)
    assert db.execute("SELECT granted FROM offers").fetchone() == (0,)
    assert lin.hand_in("登记申请书", PDF + b"3").json["code"] == "WRONG_STATE"


def test_after_the_deadline_it_is_over(sent: tuple[Phone, str], body: Till, app: Any, db: psycopg.Connection) -> None:
    """By the date, before the scheduler comes by; then by the scheduler, reported as cancelled."""
    lin, path = sent
    body.post(f"{path}/acceptance", {})
    body.post(f"{path}/supplement", {"missing": ["经营场所使用证明"], "due": working_day(10)})
    db.execute("UPDATE entitlements SET due_at = now(), promised_at = now()")
    assert lin.hand_in("经营场所使用证明", PNG).json["code"] == "WRONG_STATE"
    assert no(body.post(f"{path}/fulfilment", {})) == WRONG
    with app.app_context():
        assert expiring.run_due() == 1
    assert lin.state() == "lapsed"
    assert db.execute("SELECT outcome FROM usages").fetchall() == [("cancelled",)]


def test_an_application_isnt_redeemed(sent: tuple[Phone, str], body: Till) -> None:
    lin, path = sent
    code = lin.show().json["code"]
    service = body.get(path).json["service_id"]
    assert no(body.post("/v3/xinyi/redemptions", {"out_redemption_no": "APP-1", "presentation": code,
                                                  "service_id": service})) == WRONG
