"""The mini-app's doors of certificates, over HTTP.

Break tried: `own` without the volunteer (another's certificate is handed out).
"""

import io
import secrets
import uuid
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from app.kernel import clock
from app.kernel.settings import settings
from app.volunteers import registering
from app.volunteers.service import hours
from tests import cast
from tests.consent import ground
from tests.contract.scene import logged_in
from tests.volunteers import league
from tests.volunteers.test_certificates import ready

PATH = "/api/v1/me/volunteer/certificates"


class Citizen:
    """Somebody with a session."""

    def __init__(self, app: Any, person: cast.Person) -> None:
        with app.app_context():
            self.headers = {"Authorization": f"Bearer {logged_in(ground.citizen(person))[0]}"}
        self.client = app.test_client()

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def ask(self, **told: Any) -> Any:
        days = {"period_from": (clock.today() - timedelta(days=30)).isoformat(),
                "period_to": clock.today().isoformat()}
        return self.client.post(PATH, json={**days, **told},
                                headers={**self.headers, "Idempotency-Key": secrets.token_hex(8)})


@pytest.fixture
def lin(app: Any) -> Citizen:
    """Lin with 90 minutes; what she asks for is issued at once."""
    with app.app_context():
        tree = league.made()
        ready(league.colleague(tree.east, "hours_officer"), self_service=True)
        made = registering.enrol(tree.east, league.person(cast.LIN.name, cast.LIN.id_number))
        hours.add(made.volunteer_id, activity="社区服务", served_on=clock.today(), minutes=90, source="团支部")
    return Citizen(app, cast.LIN)


def another(app: Any) -> Citizen:
    """A volunteer, too."""
    with app.app_context():
        registering.register(cast.ALI.name, cast.ALI.id_number, "360102")
    return Citizen(app, cast.ALI)


def test_asked_for_and_fetched(app: Any, lin: Citizen) -> None:
    assert lin.get(PATH).json == {"items": []}
    told = lin.ask(note="用于升学").json
    assert (told["state"], told["minutes"], told["note"]) == ("issued", 90, "用于升学")
    assert told["check_url"].endswith(f"/portal/certificates?number={told['certificate_no']}")
    assert lin.get(f"{PATH}/{told['id']}").json == told == lin.get(PATH).json["items"][0]
    file = lin.get(told["file"])
    assert (file.status_code, file.mimetype) == (200, "application/pdf")
    assert file.headers["Cache-Control"] == "no-store"
    assert cast.LIN.id_number in PdfReader(io.BytesIO(file.data)).pages[0].extract_text()
    assert lin.get(told["file"]).data == file.data, "the same paper on every day"
    ali, zhou = another(app), Citizen(app, cast.ZHOU)
    for path in (f"{PATH}/{told['id']}", told["file"], f"{PATH}/{uuid.uuid4()}"):
        for other in (ali, zhou):
            answer = other.get(path)
            assert (answer.status_code, answer.json["code"]) == (404, "CERTIFICATE_UNKNOWN")
    assert zhou.ask().json["code"] == "NOT_A_VOLUNTEER"
    seen = {each["what"] for each in lin.get("/api/v1/me/access-log").json["items"]}
    assert {"certificate.asked", "certificate.downloaded"} <= seen
    assert lin.get("/api/v1/me/export").json["certificates"][0]["certificate_no"] == told["certificate_no"]


def test_what_is_refused(app: Any, lin: Citizen) -> None:
    today = clock.today()
    for told in ({"period_from": "20260101"}, {"period_from": "٢٠٢٦-01-01"}, {"period_to": None}, {"who": "me"},
                 {"note": "x" * 201}, {"note": cast.LIN.id_number}, {"period_from": 20260101},
                 {"period_to": (today + timedelta(days=1)).isoformat()}, {"period_from": "1900-01-01"}):
        assert lin.ask(**told).status_code == 422, told
    nothing = lin.ask(period_from="2026-01-01", period_to="2026-01-01")
    assert nothing.json["code"] == "NOTHING_TO_CERTIFY"
    with app.app_context():
        most = settings().CERTIFICATES_PER_DAY
    assert {lin.ask().status_code for _ in range(most + 1)} == {201, 429}
    file = lin.get(PATH).json["items"][0]["file"]
    assert [lin.get(file).status_code for _ in range(11)][-1] == 429
