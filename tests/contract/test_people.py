"""C21 and C22 over HTTP: identity numbers and names as people really have them, and as attackers write them.

Fails, as tried: with names folded by NFKC or stripped before they are sent, with the check digit left out.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.identity import numbers
from tests.contract.scene import Scene
from tests.identity.test_names import KEPT, REFUSED

NUMBERS = [  # all wrong, and why
    ("360102960307123", "fifteen"), ("36010219960307123", "length"), ("3601021996030712300", "length"),
    ("360102199603071230", "check_digit"), ("36010219960230123X", "date"), ("360102180001011234", "date"),
    ("360102209901011230", "date"), ("000102199603071237", "region"), ("36010219960307123\u0661", "characters"),
    ("３６０１０２１９９６０３０７１２３Ｘ", "characters"), ("H12345678", "length"), ("' OR 1=1--", "length"),
    ("36010219960307\u200b23X", "characters"), ("36010219960307123Y", "characters")]
NOT_TEXTS: list[Any] = [None, 1, 360102199603071230, True, [], {}, ["36010219960307123X"], "", "x" * 65]


@pytest.fixture
def verify(scene: Scene) -> Any:
    """`verify(name, id_number)`: the real-name check of somebody new; gives (answer, their headers)."""
    client = scene.app.test_client()

    def checked(name: Any, id_number: Any) -> Any:
        who = {"Authorization": f"Bearer {scene.fresh_token()}"}
        raw = json.dumps({"name": name, "id_number": id_number})  # \ud842 goes as it is
        return client.put("/api/v1/me/identity", data=raw, content_type="application/json", headers=who), who

    return checked


def fresh_numbers() -> Iterator[str]:
    for serial in range(900, 1000):
        first = f"36010219880102{serial:03d}"
        yield first + numbers.check_digit(first)


def test_numbers_that_are_none_say_why(verify: Any) -> None:
    """C21: a code of its own, a reason, and never the number that was typed."""
    for number, reason in NUMBERS:
        answer, _ = verify("林示范", number)
        told = answer.status_code, answer.json["code"], answer.json["reason"]
        assert told == (422, "ID_NUMBER_INVALID", reason), number
        assert number not in answer.text
    for number in NOT_TEXTS:
        answer, _ = verify("林示范", number)
        assert (answer.status_code, answer.json["code"]) == (422, "VALIDATION_FAILED"), number


def test_names_that_hide_something_are_refused(verify: Any) -> None:
    """C22. Half a surrogate and U+0000 never get so far: they are no JSON of ours."""
    for name in REFUSED:
        answer, _ = verify(name, "36010219960307123X")
        no_json = "\x00" in name or name == "\ud842"
        expected = (400, "MALFORMED_JSON") if no_json else (422, "VALIDATION_FAILED")
        assert (answer.status_code, answer.json["code"]) == expected, ascii(name)
        assert no_json or answer.json["errors"]["json"].keys() == {"name"}


def test_names_go_and_come_back_as_they_are(scene: Scene, verify: Any) -> None:
    """C22: to the platform, into the seal, and out in the export; on the screen the first character alone."""
    client = scene.app.test_client()
    for name, number in zip(KEPT, fresh_numbers(), strict=False):
        scene.sandbox.control("PUT", "/people/odd", {"name": name, "id_number": number, "phone": "19900008888",
                                                     "grade": "B", "red_lists": [], "restricted": False})
        answer, who = verify(name, number)
        assert answer.json == {"verified": True}, (ascii(name), answer.text)
        exported = client.get("/api/v1/me/export", headers=who)
        assert exported.json["citizen"]["name"] == name
        assert exported.content_type == "application/json"
        shown = client.get("/api/v1/me", headers=who).json["name"]
        assert shown in {name[0] + "*" * (len(name) - 1), "*"}
        assert "X: 1" not in str(exported.headers)
