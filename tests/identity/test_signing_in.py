"""Log-in, refresh, log-out over HTTP; WeChat is the sandbox's process."""

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from app.identity import pruning, signing_in
from app.identity.tokens import Lives
from tests import cast
from tests.cast import SignedIn
from tests.identity.conftest import code_of
from tests.sandbox_process import Sandbox

LogIn = Callable[..., SignedIn]


def test_the_first_log_in_makes_a_citizen_and_the_next_finds_them(log_in: LogIn) -> None:
    """Fails where the openid's index differs from one log-in to the next."""
    first, again, other = log_in(cast.LIN), log_in(cast.LIN), log_in(cast.ZHOU)
    assert first.citizen_id == again.citizen_id != other.citizen_id
    me = first.get("/api/v1/me").json
    assert me == {"id": first.citizen_id, "verified": False, "name": None, "id_number": None, "phone": None,
                  "verified_at": None, "created_at": me["created_at"]}


def test_many_first_log_ins_at_once_make_one_citizen(app: Any, world: Sandbox, db: psycopg.Connection) -> None:
    """Fails where it is looked first and inserted then without the unique index deciding."""
    codes = [cast.js_code(world, cast.LIN) for _ in range(8)]
    ids, gate = [], threading.Barrier(len(codes))

    def work(code: str) -> None:
        with app.app_context():
            gate.wait()
            ids.append(signing_in.sign_in(code, Lives(900, 30))[1].id)

    run([threading.Thread(target=work, args=(code,)) for code in codes])
    assert (len(ids), len(set(ids))) == (8, 1)
    row = db.execute("SELECT count(*) FROM citizens").fetchone()
    assert row == (1,)


def test_a_code_works_once(client: Any, world: Sandbox) -> None:
    """Fails where WeChat's 40163 isn't told by its own name."""
    body = {"js_code": cast.js_code(world, cast.LIN)}
    assert client.post("/api/v1/sessions", json=body).status_code == 201
    again = client.post("/api/v1/sessions", json=body)
    assert (again.status_code, code_of(again)) == (400, "JS_CODE_USED")


def test_an_unknown_code(client: Any, world: Sandbox) -> None:
    """Fails where 40029 ends in another answer."""
    answer = client.post("/api/v1/sessions", json={"js_code": "0a1b2c3d"})
    assert (answer.status_code, code_of(answer)) == (400, "JS_CODE_INVALID")


@pytest.mark.parametrize(("errcode", "status", "code"), [
    (45011, 429, "WECHAT_RATE_LIMITED"), (40226, 403, "WECHAT_BLOCKED"), (-1, 503, "WECHAT_UNAVAILABLE"),
    (40125, 503, "WECHAT_UNAVAILABLE")])
def test_wechat_s_refusals_have_names(client: Any, world: Sandbox, errcode: int, status: int, code: str) -> None:
    """Fails where an errcode falls through to a 500, or our wrong secret is told as the citizen's fault."""
    world.control("POST", "/faults", {"target": "wechat", "path": "/sns/jscode2session", "kind": "patch",
                                      "value": {"errcode": errcode, "errmsg": "x"}, "times": 1})
    answer = client.post("/api/v1/sessions", json={"js_code": cast.js_code(world, cast.LIN)})
    assert (answer.status_code, code_of(answer)) == (status, code)


@pytest.mark.parametrize("kind", ["drop", "html", "truncate"])
def test_wechat_away(client: Any, world: Sandbox, kind: str) -> None:
    """Fails where a broken answer ends in a 500."""
    world.control("POST", "/faults", {"target": "wechat", "path": "/sns/jscode2session", "kind": kind, "times": 2})
    answer = client.post("/api/v1/sessions", json={"js_code": cast.js_code(world, cast.LIN)})
    assert (answer.status_code, code_of(answer)) == (503, "WECHAT_UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_refresh_rotates(lin: SignedIn) -> None:
    """Fails where the old pair is handed out again, or the new one isn't good."""
    answer = lin.client.post("/api/v1/sessions/refresh", json={"refresh_token": lin.refresh_token})
    assert (answer.status_code, answer.json["citizen"]["id"]) == (200, lin.citizen_id)
    assert answer.json["refresh_token"] != lin.refresh_token
    new = SignedIn(lin.person, lin.client, lin.citizen_id, answer.json["access_token"], answer.json["refresh_token"])
    assert new.get("/api/v1/me").status_code == 200


def test_a_refresh_token_used_twice_ends_the_whole_family(lin: SignedIn, log_in: LogIn) -> None:
    """Fails where the ending is rolled back with the refusal, or only the old token dies."""
    elsewhere = log_in(cast.LIN)
    first = lin.client.post("/api/v1/sessions/refresh", json={"refresh_token": lin.refresh_token})
    again = lin.client.post("/api/v1/sessions/refresh", json={"refresh_token": lin.refresh_token})
    assert (again.status_code, code_of(again)) == (401, "REFRESH_REUSED")
    after = lin.client.post("/api/v1/sessions/refresh", json={"refresh_token": first.json["refresh_token"]})
    assert (after.status_code, code_of(after)) == (401, "REFRESH_INVALID")
    for token in (lin.access_token, first.json["access_token"]):
        assert lin.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert elsewhere.get("/api/v1/me").status_code == 200


def test_one_refresh_token_at_two_places_at_once(app: Any, lin: SignedIn) -> None:
    """Fails without the row lock: two would get tokens and the family would live."""
    answers, gate = [], threading.Barrier(6)

    def work() -> None:
        gate.wait()
        answers.append(app.test_client().post("/api/v1/sessions/refresh",
                                              json={"refresh_token": lin.refresh_token}).status_code)

    run([threading.Thread(target=work) for _ in range(6)])
    assert sorted(answers) == [200, 401, 401, 401, 401, 401]
    assert lin.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 44, "", "../", None, 1, ["a"]])
def test_refresh_tokens_that_are_none(lin: SignedIn, token: Any) -> None:
    """Fails where an odd text ends in a 500, or is told apart from an unknown one by more than its form."""
    answer = lin.client.post("/api/v1/sessions/refresh", json={"refresh_token": token})
    assert answer.status_code == (401 if token == "A" * 43 else 422)


def test_an_old_refresh_token_is_no_longer_good(lin: SignedIn, db: psycopg.Connection) -> None:
    """Fails where its time isn't compared."""
    db.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 second'")
    answer = lin.client.post("/api/v1/sessions/refresh", json={"refresh_token": lin.refresh_token})
    assert (answer.status_code, code_of(answer)) == (401, "REFRESH_INVALID")


def test_logging_out_ends_the_access_token_too(lin: SignedIn, log_in: LogIn) -> None:
    """C29. Fails where the guard trusts the token without asking for its family."""
    elsewhere = log_in(cast.LIN)
    out = lin.delete("/api/v1/sessions/current")
    assert (out.status_code, out.data) == (204, b"")
    assert lin.get("/api/v1/me").status_code == 401
    assert lin.delete("/api/v1/sessions/current").status_code == 401
    assert lin.client.post("/api/v1/sessions/refresh", json={"refresh_token": lin.refresh_token}).status_code == 401
    assert elsewhere.get("/api/v1/me").status_code == 200


def test_log_ins_from_one_address_are_limited(app: Any, client: Any, world: Sandbox,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    """T15. Fails where the limit is dropped, or counts all addresses as one."""
    monkeypatch.setitem(app.config, "LOGIN_PER_MINUTE", 2)

    def ask(address: str) -> Any:
        return client.post("/api/v1/sessions", json={"js_code": "unknown0"}, environ_base={"REMOTE_ADDR": address})

    assert [ask("192.0.2.1").status_code for _ in range(3)] == [400, 400, 429]
    assert ask("192.0.2.2").status_code == 400
    limited = ask("192.0.2.1")
    assert code_of(limited) == "RATE_LIMITED"
    assert 0 < int(limited.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"js_code": 1}', b'{"js_code": "a", "js_code": "b"}', b"{}",
                                  b'{"js_code": "\\ud800"}', b'{"js_code": "a\\u0000"}', b'{"js_code": NaN}',
                                  b'{"js_code": "ok000000", "id": "1"}', b"[" * 5000, b"\xff\xfe",
                                  b'{"js_code": ' + b"9" * 5000 + b"}", b'\xef\xbb\xbf{"js_code": "a"}'])
def test_c20_hostile_bodies(client: Any, world: Sandbox, body: bytes) -> None:
    """Fails where one of them ends in a 500 or is taken."""
    answer = client.post("/api/v1/sessions", data=body, content_type="application/json")
    assert answer.status_code in {400, 422}
    code_of(answer)


def test_pruning_drops_what_can_never_be_used(app: Any, lin: SignedIn, db: psycopg.Connection) -> None:
    """Fails where a live log-in is dropped, or a dead one stays for ever."""
    with app.app_context():
        assert pruning.prune() == 0
        db.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 second'")
        db.execute("UPDATE login_families SET created_at = now() - interval '40 days'")
        assert pruning.prune() == 2
    assert lin.get("/api/v1/me").status_code == 401


def test_an_index_lets_one_account_have_one_live_citizen(lin: SignedIn, db: psycopg.Connection) -> None:
    """Fails where the partial unique index on openids is missing."""
    with pytest.raises(psycopg.errors.UniqueViolation):
        db.execute("INSERT INTO citizens (id, openid_index, created_at) "
                   "SELECT gen_random_uuid(), openid_index, now() FROM citizens")


def run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
