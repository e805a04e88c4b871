"""A manager's stores, clerks and keys: what they may do with their own, and nothing with another's.

Breaks tried: see each test.
"""

import re
import uuid
from typing import Any

import psycopg
import pytest

from app.benefits import claiming, presenting, redeeming
from app.benefits.errors import StoreWrong
from app.merchants import enrolling, keeping_keys, queries, sealing
from tests.benefits import ground
from tests.console.browsing import Some, Visit, words
from tests.merchant_api.till import private_key, public_pem
from tests.staff.people import PASSWORD

STORES, CLERKS, KEYS = "/console/merchant/stores", "/console/merchant/clerks", "/console/merchant/keys"
PLACE = {"name": "东湖店", "region": "360102", "address": "示例路 1 号"}
CLERK = {"name": "示例店员", "phone": "19900007777"}


@pytest.fixture
def shops(app: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """Two merchants."""
    with app.app_context():
        return ground.shop(1).id, ground.shop(2, "明月湖书店").id


def store(app: Any, merchant_id: uuid.UUID, code: str) -> uuid.UUID:
    with app.app_context():
        return enrolling.add_store(merchant_id, code, *PLACE.values()).id


def test_a_stores_life(app: Any, visitor: Visit, someone: Some, shops: Any, db: psycopg.Connection) -> None:
    """Added, changed, closed (undone by one press), opened again; the same code twice is refused; all in the trail."""
    there = visitor(someone("manager", merchant_id=shops[0]))
    assert "还没有门店" in words(there.get(f"{STORES}/"))
    assert there.post(f"{STORES}/add", {**PLACE, "code": "S-1"}).status_code == 200
    again = there.post(f"{STORES}/add", {**PLACE, "code": "S-1"})
    assert (again.status_code, "已登记" in words(again)) == (409, True)
    for wrong in ({"region": "3601"}, {"name": " "}, {"address": ""}, {"code": "../x"}):
        assert there.post(f"{STORES}/add", {**PLACE, "code": "S-2", **wrong}).status_code == 422, wrong
    found = db.execute("SELECT id FROM stores").fetchone()
    assert found
    mine = f"{STORES}/{found[0]}"
    there.post(f"{mine}/change", {**PLACE, "name": "东湖二店"})
    closed = there.post(f"{mine}/close")
    assert f'action="{mine}/reopen"' in closed.text
    assert there.post(f"{mine}/change", PLACE).status_code == 404
    there.post(f"{mine}/reopen")
    assert db.execute("SELECT name, closed_at FROM stores").fetchall() == [("东湖二店", None)]
    told = [row[0] for row in db.execute("SELECT what FROM trail_entries WHERE what LIKE 'store.%' ORDER BY id")]
    assert told == ["store.add", "store.change", "store.close", "store.reopen"]


def test_nothing_is_used_at_a_closed_store(app: Any, visitor: Visit, someone: Some, shops: Any) -> None:
    """From the closing on. Break tried: `_store` of redeeming not looking at it."""
    there = visitor(someone("manager", merchant_id=shops[0]))
    place = store(app, shops[0], "S-1")
    there.post(f"{STORES}/{place}/close")
    with app.app_context():
        offer = ground.voucher()
        person = ground.ready(1, offer)
        held = claiming.claim(person, offer.id, None, None)
        code = presenting.present(person.id, held.id).code
        use = redeeming.Request("R-1", offer.service_id, presentation=code, store_id="S-1")
        with pytest.raises(StoreWrong):
            redeeming.redeem(shops[0], use)
    there.post(f"{STORES}/{place}/reopen")
    with app.app_context():
        assert redeeming.redeem(shops[0], use).store_code == "S-1"


def test_a_clerks_life(app: Any, visitor: Visit, someone: Some, shops: Any, db: psycopg.Connection) -> None:
    """Invited by a link that is shown once, moved, ended at once; a store with clerks isn't closed; the phone is
    sealed and gone with the account.
    """
    there = visitor(someone("manager", merchant_id=shops[0]))
    first, second = store(app, shops[0], "S-1"), store(app, shops[0], "S-2")
    answer = there.post(f"{CLERKS}/invite", {**CLERK, "store_id": str(first)})
    link = re.search(r"/console/invitations/[A-Za-z0-9_-]{43}", answer.text)
    assert link, words(answer)
    page = there.get(f"{CLERKS}/").text
    assert link[0] not in page
    assert CLERK["phone"] not in page
    found = db.execute("SELECT id, login, phone_sealed FROM staff_accounts WHERE state = 'invited'").fetchone()
    assert found
    assert CLERK["phone"].encode() not in bytes(found[2])
    clerk = visitor()
    clerk.post(link[0], {"password": PASSWORD})
    clerk.post("/console/login", {"login": found[1], "password": PASSWORD})
    assert clerk.get("/console/merchant/").status_code == 200
    assert clerk.get(f"{STORES}/").status_code == 403
    assert there.post(f"{STORES}/{first}/close").status_code == 409
    assert there.post(f"{CLERKS}/{found[0]}/move", {"store_id": str(second)}).status_code == 200
    assert there.post(f"{STORES}/{first}/close").status_code == 200
    assert there.post(f"{CLERKS}/{found[0]}/move", {"store_id": str(first)}).status_code == 422
    clerk.post("/console/login", {"login": found[1], "password": PASSWORD})
    assert there.post(f"{CLERKS}/{found[0]}/end").status_code == 200
    assert clerk.get("/console/merchant/", follow=False).status_code == 303
    assert db.execute("SELECT phone_sealed FROM staff_accounts WHERE id = %s", (found[0],)).fetchone() == (None,)


def test_a_manager_reaches_nobody_elses(app: Any, visitor: Visit, someone: Some, shops: Any,
                                        db: psycopg.Connection) -> None:
    """Another's store, clerk, manager, key: as what isn't there. Break tried: `own_store`, `merchants_account`
    without the merchant.
    """
    there = visitor(someone("manager", merchant_id=shops[0]))
    mine, theirs = store(app, shops[0], "S-1"), store(app, shops[1], "S-9")
    clerk = someone("clerk", merchant_id=shops[1], store_id=theirs)
    boss = someone("manager", merchant_id=shops[1])
    with app.app_context():
        keeping_keys.add(shops[1], public_pem(private_key(2)), "SERIAL0000000002")
    for path in (*(f"{STORES}/{theirs}/{what}" for what in ("change", "close", "reopen")),
                 *(f"{CLERKS}/{one.id}/{what}" for one in (clerk, boss) for what in ("again", "move", "end")),
                 f"{KEYS}/SERIAL0000000002/revoke"):
        sent = there.post(path, {**PLACE, "store_id": str(mine)}, page=f"{STORES}/add")
        gone = there.post(re.sub("[0-9a-f]{8}-[0-9a-f-]{27}|SERIAL[0-9]+", str(uuid.uuid4()), path),
                          {**PLACE, "store_id": str(mine)}, page=f"{STORES}/add")
        assert (there.get(path).status_code, sent.status_code, gone.status_code) == (404, 404, 404), path
    assert there.post(f"{CLERKS}/invite", {**CLERK, "store_id": str(theirs)}).status_code == 422
    for page in (STORES, CLERKS, KEYS):
        text = there.get(f"{page}/").text
        assert not {"S-9", clerk.login, boss.login, "SERIAL0000000002"} & set(re.findall(r"[\w.-]+", text))
    assert db.execute("SELECT count(*) FROM staff_accounts WHERE state = 'closed'").fetchone() == (0,)


def test_keys(app: Any, visitor: Visit, someone: Some, shops: Any, db: psycopg.Connection) -> None:
    """Two at once, each named after itself; a private key isn't taken, nor shown again; ours are there to be had."""
    there = visitor(someone("manager", merchant_id=shops[0]))
    assert "还没有公钥" in words(there.get(f"{KEYS}/"))
    added = there.post(f"{KEYS}/add", {"public_key": public_pem(private_key(1))})
    serial = re.search(r"[0-9A-F]{40}", words(added))
    assert serial
    secret = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"
    refused = there.post(f"{KEYS}/add", {"public_key": secret})
    assert refused.status_code == 422
    unsaved = there.post(f"{KEYS}/make", {"public_key": public_pem(private_key(2))})
    assert (unsaved.status_code, "请先保存私钥" in words(unsaved)) == (422, True)
    there.post(f"{KEYS}/make", {"public_key": public_pem(private_key(2)), "saved": "true"})
    third = there.post(f"{KEYS}/add", {"public_key": public_pem(private_key(3))})
    assert (third.status_code, "最多两把" in words(third)) == (409, True)
    assert there.post(f"{KEYS}/{serial[0]}/revoke").status_code == 200
    with app.app_context():
        assert queries.live_key(shops[0], serial[0]) is None
    ours = re.search(rf"{KEYS}/ours/[A-Za-z0-9_]+\.pem", there.get(f"{KEYS}/").text)
    assert ours
    assert there.get(ours[0]).data.startswith(b"-----BEGIN PUBLIC KEY-----")
    assert there.get(f"{KEYS}/ours/PUB_KEY_ID_NOBODYS.pem").status_code == 404


def test_the_apiv3_key_is_changed_and_never_shown(app: Any, visitor: Visit, someone: Some, shops: Any) -> None:
    """What is sealed afterwards opens with the new one only. Break tried: the input kept after a refusal."""
    there = visitor(someone("manager", merchant_id=shops[0]))
    key = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"
    refused = there.post(f"{KEYS}/apiv3", {"key": key[:31]})
    assert refused.status_code == 422
    assert key[:31] not in refused.text
    changed = there.post(f"{KEYS}/apiv3", {"key": key})
    assert "已更换" in words(changed)
    assert key not in changed.text + there.get(f"{KEYS}/apiv3").text
    with app.app_context():
        merchant = queries.get(shops[0])
        assert enrolling.apiv3_key(merchant) == key
        assert sealing.sealed(merchant, b"x", "")["algorithm"] == "AEAD_AES_256_GCM"
        assert enrolling.apiv3_key(queries.get(shops[1])) != key


def test_keys_ask_for_a_fresh_proof(app: Any, visitor: Visit, someone: Some, shops: Any,
                                    db: psycopg.Connection) -> None:
    """An open session left alone for an hour changes no key, invites nobody."""
    there = visitor(someone("manager", merchant_id=shops[0]))
    place = store(app, shops[0], "S-1")
    db.execute("UPDATE staff_sessions SET proven_at = now() - interval '1 hour'")
    for path, told in ((f"{KEYS}/add", {"public_key": public_pem(private_key(1))}),
                       (f"{KEYS}/apiv3", {"key": "a" * 32}), (f"{CLERKS}/invite", {**CLERK, "store_id": str(place)})):
        answer = there.post(path, told, follow=False, page=f"{STORES}/add")
        assert answer.location.startswith("/console/account/step-up"), path
    assert db.execute("SELECT count(*) FROM merchant_keys").fetchone() == (0,)
