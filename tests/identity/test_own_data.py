"""Who looked, with its proof; everything as JSON; deletion that nothing survives."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from app.identity import erasing, exporting, facts, queries, sealing
from app.kernel.db import transaction
from app.kernel.ids import new_id
from app.kernel.sealing import SealBroken
from app.trail import sealing as trail_sealing
from app.trail import writing
from tests import cast
from tests.cast import SignedIn
from tests.identity.conftest import code_of
from tests.sandbox_process import Sandbox
from tests.trail.test_proving import check

LogIn = Callable[..., SignedIn]


@pytest.fixture
def wu(log_in: LogIn, world: Sandbox) -> SignedIn:
    """Wu, verified, with a phone."""
    me = log_in(cast.WU)
    papers = {**cast.WU.papers, "phone_code": cast.phone_code(world, cast.WU)}
    assert me.put("/api/v1/me/identity", json=papers).status_code == 200
    return me


@pytest.fixture
def registries() -> Iterator[None]:
    """What the test registers is forgotten again."""
    kept = [(table, dict(table)) for table in (erasing.HINDRANCES, erasing.STEPS, exporting.EXPORTS)]
    yield
    for table, before in kept:
        table.clear()
        table.update(before)  # type: ignore[arg-type]


def test_the_access_log_pages_and_is_one_s_own(app: Any, wu: SignedIn, lin: SignedIn) -> None:
    """T1. Fails where others' entries are seen, or a page repeats or skips."""
    with app.app_context():
        for n in range(5):
            with transaction():
                writing.record(queries.get(wu.citizen_id).id, actor="merchant:1900", who="梅的小店",  # type: ignore[union-attr,arg-type]
                               what="eligibility.verify", purpose=f"看{n}", consent_id=new_id())
    seen, cursor = [], ""
    while cursor is not None:
        told = wu.get(f"/api/v1/me/access-log?limit=3{cursor and '&cursor=' + cursor}").json
        seen += told["items"]
        cursor = told["next_cursor"]
    assert [item["purpose"] for item in seen[:5]] == ["看4", "看3", "看2", "看1", "看0"]
    assert len({item["id"] for item in seen}) == len(seen) == 7
    assert set(seen[0]) == {"id", "at", "who", "what", "purpose", "consent_id"}
    assert lin.get("/api/v1/me/access-log").json == {"items": [], "next_cursor": None}


def test_a_proof_is_one_s_own_and_checks(app: Any, wu: SignedIn, lin: SignedIn) -> None:
    """T1. Fails where another's entry is proven to a stranger, or what is proven isn't what the log says."""
    none = wu.get("/api/v1/me/access-log/proof")
    assert (none.status_code, code_of(none)) == (404, "NOT_FOUND")
    newest, oldest = wu.get("/api/v1/me/access-log").json["items"]
    early = wu.get(f"/api/v1/me/access-log/proof?entry={oldest['id']}")
    assert (early.status_code, code_of(early)) == (409, "NOT_SEALED_YET")
    with app.app_context():
        assert trail_sealing.seal_pending() == 2
    assert check(wu.get("/api/v1/me/access-log/proof").json)["id"] == newest["id"]
    proven = check(wu.get(f"/api/v1/me/access-log/proof?entry={oldest['id']}").json)
    assert (proven["citizen_id"], proven["what"]) == (wu.citizen_id, "identity.verify")
    foreign = lin.get(f"/api/v1/me/access-log/proof?entry={oldest['id']}")
    assert (foreign.status_code, code_of(foreign)) == (404, "NOT_FOUND")
    assert lin.get("/api/v1/me/access-log/proof?entry=1").status_code == 422


def test_facts_come_from_the_number(app: Any, wu: SignedIn, lin: SignedIn) -> None:
    """Fails where age or region is not the number's, or an unverified citizen has any."""
    with app.app_context():
        known, unknown = queries.get(wu.citizen_id), queries.get(lin.citizen_id)  # type: ignore[arg-type]
        assert known is not None
        assert unknown is not None
        assert facts.facts(known)["citizen.region"] == "360402"
        assert facts.facts(known)["citizen.age"] in range(38, 100)
        assert facts.facts(unknown) == {}
        assert sealing.subject_of(known).name == cast.WU.name
        assert cast.WU.id_number not in repr(sealing.subject_of(known))


def test_sealed_values_can_t_be_moved(app: Any, wu: SignedIn, log_in: LogIn, db: psycopg.Connection) -> None:
    """Fails where owner or column isn't bound: a row copied onto another would open."""
    zhou = log_in(cast.ZHOU)
    zhou.put("/api/v1/me/identity", json=cast.ZHOU.papers)
    with app.app_context():
        mine, other = queries.get(wu.citizen_id), queries.get(zhou.citizen_id)  # type: ignore[arg-type]
        assert mine is not None
        assert other is not None
        assert mine.name_sealed is not None
        with pytest.raises(SealBroken):
            sealing.open_for(other, sealing.NAME, mine.name_sealed)
        with pytest.raises(SealBroken):
            sealing.open_for(mine, sealing.PHONE, mine.name_sealed)


def test_nothing_that_names_a_person_is_readable_at_rest(wu: SignedIn, db: psycopg.Connection) -> None:
    """Fails where a column, the trail too, holds a name, a number, a phone or an openid."""
    tables = [row[0] for row in db.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")]
    text = "".join(str(row) for table in tables for row in db.execute(f"SELECT t::text FROM {table} AS t"))  # noqa: S608
    for secret in (cast.WU.name, cast.WU.id_number, cast.WU.phone):
        assert secret not in text
        assert secret.encode().hex() not in text
    assert wu.citizen_id in text


def test_the_export_holds_everything_and_is_itself_a_look(wu: SignedIn, registries: None) -> None:
    """Fails where a part is missing, is somebody else's, or what was sealed stays sealed."""
    exporting.exports("shoes")(lambda citizen: [{"of": str(citizen.id)}])
    answer = wu.get("/api/v1/me/export")
    told = answer.json
    assert answer.status_code == 200
    assert told["citizen"]["name"] == cast.WU.name
    assert told["citizen"]["id_number"] == cast.WU.id_number
    assert told["citizen"]["phone"] == cast.WU.phone
    assert told["citizen"]["openid"]
    assert [look["what"] for look in told["access_log"]] == ["identity.verify", "identity.bind", "data.export"]
    assert (len(told["logins"]), told["shoes"]) == (1, [{"of": wu.citizen_id}])
    assert answer.headers["Cache-Control"] == "no-store"


def test_two_parts_of_one_name_are_refused_at_start(registries: None) -> None:
    """Fails where a package silently takes another's place."""
    exporting.exports("hats")(lambda _: [])
    with pytest.raises(RuntimeError):
        exporting.exports("hats")(lambda _: [])
    erasing.before("a test")(lambda _: None)
    with pytest.raises(RuntimeError):
        erasing.before("a test")(lambda _: None)


def test_what_is_open_comes_first(wu: SignedIn, registries: None, db: psycopg.Connection) -> None:
    """C17. Fails where a citizen can run from an open order, or half of an erasure stays."""
    steps: list[str] = []
    erasing.before("a test")(lambda citizen: steps.append(str(citizen.id)))
    erasing.hinders("a test")(lambda _: [{"kind": "order", "no": "E1"}])
    answer = wu.delete("/api/v1/me")
    assert (answer.status_code, code_of(answer)) == (409, "OPEN_ORDERS")
    assert (answer.json["open"], steps) == ([{"kind": "order", "no": "E1"}], [])
    assert wu.get("/api/v1/me").json["verified"] is True


def test_a_step_that_fails_leaves_everything(wu: SignedIn, registries: None) -> None:
    """Fails where steps and erasure are not one transaction."""
    def broken(_: Any) -> None:
        raise ZeroDivisionError

    erasing.before("a test")(broken)
    assert wu.delete("/api/v1/me").status_code == 500
    assert wu.get("/api/v1/me").json["name"] == "吴**"


def test_deletion_leaves_nothing_to_open_and_a_new_start(app: Any, wu: SignedIn, log_in: LogIn,
                                                         db: psycopg.Connection) -> None:
    """Fails where a sealed column, the key, an index or a log-in survives, or the person can't come back."""
    old = db.execute("SELECT openid_index, identity_index FROM citizens WHERE id = %s", (wu.citizen_id,)).fetchone()
    assert old is not None
    gone = wu.delete("/api/v1/me")
    assert (gone.status_code, gone.data) == (204, b"")
    assert wu.get("/api/v1/me").status_code == 401
    assert wu.client.post("/api/v1/sessions/refresh", json={"refresh_token": wu.refresh_token}).status_code == 401
    row = db.execute("SELECT data_key, openid_sealed, name_sealed, id_number_sealed, phone_sealed, identity_index, "
                     "verified_at, verification_no, openid_index <> %s, deleted_at IS NOT NULL FROM citizens "
                     "WHERE id = %s", (old[0], wu.citizen_id)).fetchone()
    assert row == (None,) * 8 + (True, True)
    ended = db.execute("SELECT end_reason FROM login_families WHERE citizen_id = %s", (wu.citizen_id,)).fetchall()
    assert ended == [("erased",)]
    kept = db.execute("SELECT what FROM trail_entries WHERE citizen_id = %s ORDER BY id", (wu.citizen_id,)).fetchall()
    assert [what for (what,) in kept] == ["identity.verify", "identity.bind", "account.erase"]
    again = log_in(cast.WU)
    assert again.citizen_id != wu.citizen_id
    assert again.get("/api/v1/me/access-log").json["items"] == []
    assert again.put("/api/v1/me/identity", json=cast.WU.papers).status_code == 200
    with app.app_context():
        assert queries.get(wu.citizen_id) is None  # type: ignore[arg-type]


def test_every_door_asks_who_is_there(client: Any) -> None:
    """Fails where a guard is missing from one of the citizens' own doors."""
    for method, path in (("GET", "me"), ("DELETE", "me"), ("PUT", "me/identity"), ("GET", "me/access-log"),
                         ("GET", "me/access-log/proof"), ("GET", "me/export"), ("DELETE", "sessions/current")):
        answer = client.open(f"/api/v1/{path}", method=method)
        assert (answer.status_code, code_of(answer)) == (401, "UNAUTHENTICATED")
