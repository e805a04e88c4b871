"""The real-name check over HTTP: our rule first, then the platform (the sandbox's process), then one identity each."""

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.identity import verifying
from app.identity.errors import IdentityTaken
from app.identity.models import Citizen
from app.kernel.db import session
from app.kernel.errors import Refusal
from app.kernel.ids import new_id
from tests import cast
from tests.cast import SignedIn
from tests.identity.conftest import code_of
from tests.identity.test_signing_in import run
from tests.sandbox_process import Sandbox

LogIn = Callable[..., SignedIn]
ME = "/api/v1/me/identity"


def looks(me: SignedIn) -> list[str]:
    return [item["what"] for item in me.get("/api/v1/me/access-log").json["items"]]


def asked(world: Sandbox) -> int:
    return len(world.control("GET", "/platform/verifications")["items"])


@pytest.mark.parametrize("person", [cast.LIN, cast.JI, cast.ALI, cast.HO, cast.XU], ids=lambda person: person.key)
def test_a_match_binds_and_is_shown_masked(log_in: LogIn, person: cast.Person) -> None:
    """Fails where a name is changed on its way (rare characters, ·), or more than 1+1 of the number is shown."""
    me = log_in(person)
    answer = me.put(ME, json=person.papers)
    assert (answer.status_code, answer.json) == (200, {"verified": True})
    told = me.get("/api/v1/me").json
    assert told["verified"] is True
    assert told["name"] == person.name[0] + "*" * (len(person.name) - 1)
    assert told["id_number"] == person.id_number[0] + "*" * 16 + person.id_number[-1]
    assert told["phone"] is None
    assert looks(me) == ["identity.bind", "identity.verify"]


def test_the_phone_comes_from_wechat_and_is_checked_too(log_in: LogIn, world: Sandbox) -> None:
    """Fails where the phone isn't sent to the platform, or is shown with more than 3+4."""
    me = log_in(cast.LIN)
    foreign = me.put(ME, json={**cast.LIN.papers, "phone_code": cast.phone_code(world, cast.WU)})
    assert (foreign.status_code, code_of(foreign)) == (422, "IDENTITY_MISMATCH")
    code = cast.phone_code(world, cast.LIN)
    assert me.put(ME, json={**cast.LIN.papers, "phone_code": code}).status_code == 200
    assert me.get("/api/v1/me").json["phone"] == "199****0001"
    again = me.put(ME, json={**cast.LIN.papers, "phone_code": code})
    assert (again.status_code, code_of(again)) == (400, "PHONE_CODE_INVALID")


def test_a_small_x_is_the_same_person(log_in: LogIn) -> None:
    """C21. Fails where the index is made before normalising: one person would have two accounts."""
    assert log_in(cast.LIN).put(ME, json=cast.LIN.papers).status_code == 200
    small = {**cast.LIN.papers, "id_number": cast.LIN.id_number.lower()}
    other = log_in(cast.LIN, device="second").put(ME, json=small)
    assert (other.status_code, code_of(other)) == (409, "IDENTITY_TAKEN")
    assert "注销" in other.json["next"]


def test_a_wrong_name_and_an_unknown_number_are_answered_alike(log_in: LogIn) -> None:
    """Fails where the two can be told apart: numbers could be tried for being somebody's."""
    me = log_in(cast.LIN)
    wrong = me.put(ME, json={**cast.LIN.papers, "name": "林样本"})
    unknown = me.put(ME, json=cast.STRANGER.papers)
    assert (wrong.status_code, code_of(wrong)) == (422, "IDENTITY_MISMATCH")
    told = [{**answer.json, "request_id": ""} for answer in (wrong, unknown)]
    assert told[0] == told[1]
    assert me.get("/api/v1/me").json["verified"] is False


def test_a_taken_number_is_told_only_to_who_knows_its_name(log_in: LogIn) -> None:
    """Fails where the index is asked before the platform."""
    assert log_in(cast.WU).put(ME, json=cast.WU.papers).status_code == 200
    guess = log_in(cast.ZHOU).put(ME, json={**cast.WU.papers, "name": "周样例"})
    assert code_of(guess) == "IDENTITY_MISMATCH"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("360102960307123", "fifteen"),
        ("360102199603071230", "check_digit"),
        ("36010219960230123X", "date"),
        ("00010219960307123X", "region"),
        ("3601021996030712", "length"),
        ("３６０１０２１９９６０３０７１２３Ｘ", "characters"),
        ("36010219960307123X\n", "length"),
        ("<svg onload=x>1234", "characters"),
    ],
)
def test_our_own_rule_comes_first(log_in: LogIn, world: Sandbox, number: str, reason: str) -> None:
    """Fails where the platform is asked, a look is written, or the number is quoted."""
    me = log_in(cast.LIN)
    answer = me.put(ME, json={"name": "林示范", "id_number": number})
    assert (answer.status_code, code_of(answer), answer.json["reason"]) == (422, "ID_NUMBER_INVALID", reason)
    assert answer.json["errors"]["json"]["id_number"] == [answer.json["detail"]]
    assert number.strip() not in answer.text
    assert (asked(world), looks(me)) == (0, [])


@pytest.mark.parametrize(
    "body",
    [
        {"id_number": cast.LIN.id_number},
        {"name": "林示范"},
        {"name": " 林", "id_number": cast.LIN.id_number},
        {"name": "林\u202e", "id_number": cast.LIN.id_number},
        {"name": "𠮷" * 41, "id_number": cast.LIN.id_number},
        {"name": None, "id_number": None},
        {"name": 1, "id_number": 2},
        {**cast.LIN.papers, "verified": True},
        {**cast.LIN.papers, "citizen_id": str(new_id())},
        {**cast.LIN.papers, "phone_code": ""},
        {**cast.LIN.papers, "phone_code": "x" * 513},
    ],
)
def test_c23_fields_that_are_wrong_or_not_ours(log_in: LogIn, world: Sandbox, body: dict[str, Any]) -> None:
    """Fails where unknown fields are passed over, or the platform is asked before the form is read."""
    answer = log_in(cast.LIN).put(ME, json=body)
    assert (answer.status_code, code_of(answer)) == (422, "VALIDATION_FAILED")
    assert (answer.json["errors"] != {}, asked(world)) == (True, 0)
    assert cast.LIN.id_number not in answer.text


def test_a_child_is_refused_kindly(log_in: LogIn, world: Sandbox) -> None:
    """Fails where somebody under 14 is bound, or the platform is asked about them."""
    answer = log_in(cast.TIAN).put(ME, json=cast.TIAN.papers)
    assert (answer.status_code, code_of(answer)) == (403, "GUARDIAN_NEEDED")
    assert "监护人" in answer.json["detail"]
    assert "普通方式" in answer.json["next"]
    assert asked(world) == 0


def test_the_same_again_is_fine_and_asks_nobody(log_in: LogIn, world: Sandbox) -> None:
    """Fails where a repeated call is refused, or is another look."""
    me = log_in(cast.LIN)
    assert [me.put(ME, json=cast.LIN.papers).status_code for _ in range(3)] == [200, 200, 200]
    assert (asked(world), len(looks(me))) == (1, 2)


def test_another_identity_is_refused(log_in: LogIn, world: Sandbox) -> None:
    """Fails where an account changes hands."""
    me = log_in(cast.LIN)
    me.put(ME, json=cast.LIN.papers)
    answer = me.put(ME, json=cast.WU.papers)
    assert (answer.status_code, code_of(answer)) == (409, "IDENTITY_BOUND")
    assert (asked(world), me.get("/api/v1/me").json["name"]) == (1, "林**")


def test_a_new_name_with_the_same_number_is_asked_and_taken(log_in: LogIn, world: Sandbox) -> None:
    """Fails where who changed their name can't tell us, or a wrong one overwrites the right one."""
    me = log_in(cast.WU)
    me.put(ME, json=cast.WU.papers)
    assert code_of(me.put(ME, json={**cast.WU.papers, "name": "胡样本"})) == "IDENTITY_MISMATCH"
    world.control("PUT", "/people/wu", {"name": "胡样本"})
    try:
        assert me.put(ME, json={**cast.WU.papers, "name": "胡样本"}).status_code == 200
        assert me.get("/api/v1/me").json["name"] == "胡**"
    finally:
        world.control("PUT", "/people/wu", {"name": cast.WU.name})


@pytest.mark.parametrize(
    ("kind", "value"),
    [("drop", None), ("html", 502), ("truncate", None), ("bad_signature", None), ("stale", None), ("status", 503)],
)
def test_the_platform_away(log_in: LogIn, world: Sandbox, kind: str, value: Any) -> None:
    """C37. Fails where a bad answer is taken, or is told as the citizen's fault; the look stays seen."""
    fault = {"target": "platform", "path": "/identities", "kind": kind, "times": 2}
    world.control("POST", "/faults", fault if value is None else {**fault, "value": value})
    me = log_in(cast.LIN)
    answer = me.put(ME, json=cast.LIN.papers)
    assert (answer.status_code, code_of(answer)) == (503, "PLATFORM_UNAVAILABLE")
    assert "普通办理方式" in answer.json["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert looks(me) == ["identity.verify"]
    world.control("DELETE", "/faults")
    assert me.put(ME, json=cast.LIN.papers).status_code == 200


def test_tries_are_limited_a_day(
    app: Any, log_in: LogIn, world: Sandbox, servers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T15. Fails where the limit is dropped, counts others' tries, or hangs on Redis."""
    monkeypatch.setitem(app.config, "IDENTITY_TRIES_PER_DAY", 2)
    me, other = log_in(cast.LIN), log_in(cast.ZHOU)
    servers.valkey.connect().flushall()
    answers = [me.put(ME, json={**cast.LIN.papers, "name": f"林{n}"}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [422, 422, 429, 429]
    assert code_of(answers[3]) == "IDENTITY_TRIES_USED_UP"
    assert 0 < int(answers[3].headers["Retry-After"]) <= 86_401
    assert asked(world) == 2
    assert other.put(ME, json=cast.ZHOU.papers).status_code == 200


def test_two_accounts_bind_one_identity_at_once(app: Any, log_in: LogIn) -> None:
    """T4. Two real connections, both past every look, meet at the unique index: fails where it is missing, or where
    its refusal is a 500.
    """
    ids = [log_in(cast.LIN).citizen_id, log_in(cast.LIN, device="second").citizen_id]
    papers, gate, ends = verifying.Papers(cast.LIN.name, cast.LIN.id_number), threading.Barrier(2), []

    def work(citizen_id: str) -> None:
        with app.app_context():
            citizen = session().get_one(Citizen, citizen_id)
            gate.wait()
            try:
                verifying.verify(citizen, papers, 1000)
                ends.append("bound")
            except Refusal as no:
                ends.append(no.code)

    run([threading.Thread(target=work, args=(citizen_id,)) for citizen_id in ids])
    assert sorted(ends) == [IdentityTaken.code, "bound"]


def test_one_account_binds_two_identities_at_once(app: Any, log_in: LogIn) -> None:
    """T4. Fails without the row lock and the second look inside: the later one would overwrite the earlier."""
    me, gate, ends = log_in(cast.LIN), threading.Barrier(2), []

    def work(person: cast.Person) -> None:
        with app.app_context():
            citizen = session().get_one(Citizen, me.citizen_id)
            gate.wait()
            try:
                verifying.verify(citizen, verifying.Papers(person.name, person.id_number), 1000)
                ends.append("bound")
            except Refusal as no:
                ends.append(no.code)

    run([threading.Thread(target=work, args=(person,)) for person in (cast.LIN, cast.WU)])
    assert sorted(ends) == ["IDENTITY_BOUND", "bound"]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from(["bind", "delete"]), st.integers(0, 2), st.sampled_from(["lin", "wu"])),
        min_size=3,
        max_size=8,
    )
)
def test_no_order_of_binding_and_deleting_gives_two_owners(
    client: Any, world: Sandbox, db: psycopg.Connection, steps: list[tuple[str, int, str]]
) -> None:
    """T4. Fails where a deleted account keeps its identity, or a live one loses it to another."""
    accounts: dict[int, SignedIn] = {}
    for act, device, key in steps:
        me = accounts.get(device) or cast.sign_in(client, world, cast.LIN, device=f"d{device}")
        accounts[device] = me
        if act == "bind":
            assert me.put(ME, json=cast.EVERYBODY[key].papers).status_code in {200, 409}
        else:
            assert me.delete("/api/v1/me").status_code == 204
            del accounts[device]
        rows = db.execute(
            "SELECT count(*), count(DISTINCT identity_index) FROM citizens WHERE identity_index IS NOT NULL"
        ).fetchone()
        assert rows is not None
        assert rows[0] == rows[1]
    for me in accounts.values():
        me.delete("/api/v1/me")
