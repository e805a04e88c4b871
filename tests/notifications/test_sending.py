"""Sealed, signed, sent by the schedule until it is taken; every attempt is kept.

Breaks that were tried: `Wechatpay-Signature` over the body with one byte more (the public SDK's callback() refuses it);
a schedule one step short; 201 and 302 taken for delivered; `_note` without the lane's word; `next_at` without
jitter; the resource kept in the clear; a failed hand-sent one that made a delivered one undelivered.
"""

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from wechatpayv3 import WeChatPay, WeChatPayType

from app.gateways.merchants.client import MerchantClient
from app.kernel import clock, sm2
from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.kernel.sealing import keyring
from app.merchants import rotating, signing
from app.merchants.models import Merchant
from app.notifications import forgetting, putting, queries, resending, sending
from app.notifications.errors import NotificationNotFound
from app.notifications.models import Attempt, Notification
from tests.benefits import ground
from tests.merchant_api.till import private_key
from tests.notifications.conftest import Time, apiv3_key, attempts, look
from tests.notifications.shops import Shop, says

Tell = Callable[..., str]


def sdk(merchant: Merchant) -> WeChatPay:
    """A client that nobody here wrote, in public-key mode."""
    key = private_key(1).private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                       serialization.NoEncryption()).decode()
    ours = keyring().answers
    public = ours.now.public_key().public_bytes(serialization.Encoding.PEM,
                                                serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    return WeChatPay(wechatpay_type=WeChatPayType.MINIPROG, mchid=merchant.mchid, private_key=key,
                     cert_serial_no="SERIAL0000000001", apiv3_key=apiv3_key(merchant.id), appid=merchant.appid,
                     notify_url="", public_key=public, public_key_id=ours.current)


def test_the_public_sdk_takes_it(merchant: Merchant, shop: Shop, tell: Tell) -> None:
    number = tell(n=7)
    assert sending.drain() == 1
    (seen,) = shop.seen
    told = sdk(merchant).callback({name.title(): value for name, value in seen.headers.items()}, seen.body)
    assert told["id"] == number
    assert told.keys() == {"id", "create_time", "event_type", "resource_type", "summary", "resource"}
    assert (told["event_type"], told["resource_type"]) == ("PAYSCORE.USER_CONFIRM", "encrypt-resource")
    assert told["resource"] == {"out_order_no": "order-1", "n": 7}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", told["create_time"])
    envelope = json.loads(seen.body)["resource"]
    assert envelope.keys() == {"algorithm", "ciphertext", "nonce", "associated_data", "original_type"}
    assert (envelope["algorithm"], len(envelope["nonce"]), envelope["original_type"]) == (
        "AEAD_AES_256_GCM", 12, "payscore")
    assert seen.headers["content-type"] == "application/json"
    tampered = seen.body.replace(b"USER_CONFIRM", b"USER_PAYD_NO")
    assert sdk(merchant).callback({name.title(): value for name, value in seen.headers.items()}, tampered) is None


def test_by_the_national_suite(merchant: Merchant, shop: Shop, tell: Tell) -> None:
    """An SM2 merchant's is signed with SM2 over SM3 and sealed with SM4, by its APIv3 key."""
    with transaction():
        merchant.suite = signing.SM2
    tell(n=8)
    sending.drain()
    (seen,) = shop.seen
    head, resource = seen.headers, json.loads(seen.body)["resource"]
    assert head["wechatpay-signature-type"] == "WECHATPAY2-SM2-WITH-SM3"
    message = f"{head['wechatpay-timestamp']}\n{head['wechatpay-nonce']}\n".encode() + seen.body + b"\n"
    signature = sm2.from_der(base64.b64decode(head["wechatpay-signature"]))
    assert signature is not None
    assert sm2.verify(rotating.current(signing.SUITES[signing.SM2]).public, message, signature)
    digest = hashes.Hash(hashes.SM3())
    digest.update(apiv3_key(merchant.id).encode())
    box = base64.b64decode(resource["ciphertext"])
    work = Cipher(algorithms.SM4(digest.finalize()[:16]), modes.GCM(resource["nonce"].encode(), box[-16:])).decryptor()
    work.authenticate_additional_data(resource["associated_data"].encode())
    assert resource["algorithm"] == "AEAD_SM4_GCM"
    assert json.loads(work.update(box[:-16]) + work.finalize()) == {"out_order_no": "order-1", "n": 8}


def test_a_merchants_own_are_listed(merchant: Merchant, shop: Shop, tell: Tell) -> None:
    """By filter and by page, newest first, and never another's."""
    numbers = [tell(f"order-{n}") for n in range(5)]
    tell("order-1", to=ground.shop(2, "别家"))
    first, cursor = queries.listed(merchant.id, {"limit": 3})
    rest, end = queries.listed(merchant.id, {"limit": 3, "cursor": cursor})
    assert [row.notification_no for row in (*first, *rest)] == numbers[::-1]
    assert end is None
    one = {"subject": "order-1", "event_type": "PAYSCORE.USER_CONFIRM", "state": "pending"}
    assert [row.notification_no for row in queries.every(merchant.id, one)] == [numbers[1]]
    assert len(queries.every(None, one)) == 2
    later = clock.now() + timedelta(hours=1)
    assert queries.every(None, {"since": later}) == []
    assert len(queries.every(None, {"until": later})) == 6
    assert queries.by_number(numbers[0], ground.shop(2).id) is None


def test_owed_with_the_commit_and_sealed_at_rest(merchant: Merchant, shop: Shop, tell: Tell, db: Any) -> None:
    with pytest.raises(RuntimeError):
        putting.notify(merchant.id, "E", "s", {}, original_type="payscore", notify_url=shop.url, summary="")
    with pytest.raises(ZeroDivisionError):
        _put_and_break(tell)
    assert sending.drain() == 0
    tell("plain-words-of-the-order")
    (kept,) = db.execute("SELECT resource_sealed FROM notifications").fetchone()
    assert b"plain-words" not in kept


def _put_and_break(tell: Tell) -> None:
    with transaction():
        tell()
        raise ZeroDivisionError


@pytest.mark.parametrize(("status", "taken"), [(200, True), (204, True), (201, False), (202, False), (302, False),
                                               (400, False), (404, False), (500, False)])
def test_200_and_204_are_taken_and_nothing_else(shop: Shop, tell: Tell, status: int, taken: bool) -> None:
    shop.answer = says(status, b"" if status == 204 else '{"code": "FAIL", "message": "好的"}'.encode())
    number = tell()
    sending.drain()
    (attempt,) = attempts(number)
    assert look(number).state == ("delivered" if taken else "pending")
    assert attempt.status == status
    assert attempt.failure == (None if taken else "REDIRECT" if status == 302 else "STATUS")
    assert attempt.body_head == (None if status == 204 else '{"code": "FAIL", "message": "好的"}')
    assert attempt.duration_ms is not None


def test_the_schedule_to_its_end(shop: Shop, tell: Tell, time: Time) -> None:
    """16 attempts, each not before its time and within a tenth after it; then undelivered, and left alone."""
    shop.answer = says(500)
    number = tell()
    waits = [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600]
    jitter = []
    for wait in waits:
        assert sending.drain() == 1
        due = look(number).next_at
        assert due is not None
        late = (due - clock.now()).total_seconds() / wait
        assert 1 <= late <= 1.1
        jitter.append(late)
        time.forward(wait - 0.1)
        assert sending.drain() == 0
        time.forward(wait * 0.1 + 0.2)
    assert len(set(jitter)) > 5
    assert sending.drain() == 1
    assert (look(number).state, look(number).next_at, len(shop.seen)) == ("undelivered", None, 16)
    time.forward(10 * 86400)
    assert sending.drain() == 0
    assert [each.ordinal for each in attempts(number)] == list(range(1, 17))


def test_what_failed_is_told(shop: Shop, tell: Tell, inside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody there, an address inside, and a fault of ours: each is one more failure, and the schedule goes on."""
    strict = MerchantClient(resolver=lambda *_: ["10.0.0.1"])
    refused = tell(url="https://shop.example.cn/notify")
    monkeypatch.setitem(inside.extensions, "merchants", strict)
    sending.drain()
    assert [each.failure for each in attempts(refused)] == ["ADDRESS_REFUSED"]
    monkeypatch.undo()
    gone = tell("order-2", url="http://127.0.0.1:9/notify")
    sending.drain()
    assert [each.failure for each in attempts(gone)] == ["CONNECTION"]
    broken = tell("order-3")
    monkeypatch.setattr(sending, "envelope", lambda *_: 1 / 0)
    sending.drain()
    assert [each.failure for each in attempts(broken)] == ["BROKEN_HERE:ZeroDivisionError"]
    assert {look(each).state for each in (refused, gone, broken)} == {"pending"}
    assert shop.seen == []


def test_a_subjects_order_is_kept_until_the_earlier_is_given_up(shop: Shop, tell: Tell, time: Time) -> None:
    """Tried: without the NOT EXISTS of lanes.NEXT the second overtakes the first."""
    shop.answer = says(500)
    first, second, other = tell("a", 1), tell("a", 2), tell("b", 3)
    sending.drain()
    assert [len(attempts(each)) for each in (first, second, other)] == [1, 0, 1]
    for _ in range(15):
        time.forward(24000)
        sending.drain()
    assert [look(each).state for each in (first, second, other)] == ["undelivered", "pending", "undelivered"]
    assert len(attempts(second)) == 1
    shop.answer = says(204)
    time.forward(24000)
    sending.drain()
    assert look(second).state == "delivered"


def test_sent_again_by_hand(shop: Shop, tell: Tell, time: Time, merchant: Merchant) -> None:
    shop.answer = says(500)
    number = tell()
    for _ in range(16):
        sending.drain()
        time.forward(24000)
    assert look(number).state == "undelivered"
    resending.resend(merchant.id, number, "merchant:1")
    assert sending.drain() == 1
    assert look(number).state == "undelivered"  # one more try, not another schedule
    shop.answer = says(200, b"ok")
    resending.resend(None, number, "operator:wang")
    assert sending.drain() == 1
    assert look(number).state == "delivered"
    shop.answer = says(500)
    resending.resend(merchant.id, number, "merchant:2")
    sending.drain()
    assert (look(number).state, sending.drain()) == ("delivered", 0)  # it was taken once, and that stays so
    assert [(each.kind, each.actor) for each in attempts(number)[15:]] == [
        ("schedule", None), ("hand", "merchant:1"), ("hand", "operator:wang"), ("hand", "merchant:2")]
    stranger = ground.shop(2, "别家")
    with pytest.raises(NotificationNotFound):
        resending.resend(stranger.id, number, "merchant:3")
    with pytest.raises(NotificationNotFound):
        resending.resend(None, "N0", "operator:wang")


def test_a_try_by_hand_leaves_the_schedule_where_it_was(shop: Shop, tell: Tell, time: Time, merchant: Merchant) -> None:
    shop.answer = says(500)
    number = tell()
    sending.drain()
    for _ in range(3):
        resending.resend(merchant.id, number, "merchant:1")
        sending.drain()
    assert (look(number).state, look(number).failures, len(attempts(number))) == ("pending", 1, 4)


class TestProbes:
    @pytest.fixture(autouse=True)
    def always(self, inside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(inside.extensions["settings"]._values, "NOTIFY_PROBE_EVERY", 1)

    def test_who_checks_refuses_the_wrong_one_and_gets_the_right_one(
            self, merchant: Merchant, shop: Shop, tell: Tell, app: Any) -> None:
        """The merchant runs the public SDK's own check."""
        checked = sdk(merchant)

        def answer(shop: Shop, handler: Any) -> None:
            seen = shop.seen[-1]
            right = checked.callback({name.title(): value for name, value in seen.headers.items()}, seen.body)
            says(204 if right else 401)(shop, handler)

        shop.answer = answer
        number = tell()
        assert sending.drain() == 2
        assert [(each.kind, each.status) for each in attempts(number)] == [("probe", 401), ("schedule", 204)]
        assert (look(number).state, look(number).failures) == ("delivered", 0)
        said = app.test_cli_runner().invoke(args=["notifications", "probes"]).output
        assert said == f"{merchant.mchid}  sent 1  taken 0  refused\n"

    def test_who_takes_it_is_told(self, merchant: Merchant, shop: Shop, tell: Tell, app: Any) -> None:
        """Until a later one is refused."""
        number = tell()
        sending.drain()
        assert [each.kind for each in attempts(number)] == ["probe", "schedule"]
        run = app.test_cli_runner().invoke
        assert f"{merchant.mchid}  sent 1  taken 1  TAKEN 20" in run(args=["notifications", "probes"]).output
        (standing,) = queries.standing(merchant.id)
        assert (standing.probes_taken, standing.probe_taken_at is None) == (1, False)
        shop.answer = says(401)
        tell("order-2")
        sending.drain()
        assert "taken 1  refused" in run(args=["notifications", "probes"]).output

    def test_without_an_answer_nothing_is_learned(self, merchant: Merchant, tell: Tell) -> None:
        number = tell(url="http://127.0.0.1:9/n")
        sending.drain()
        (standing,) = queries.standing(merchant.id)
        assert (standing.probes_sent, standing.probe_taken_at) == (0, None)
        assert [each.kind for each in attempts(number)] == ["probe", "schedule"]


def test_one_of_so_many_is_probed(tell: Tell, inside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(inside.extensions["settings"]._values, "NOTIFY_PROBE_EVERY", 4)
    chosen = [putting._chosen(new_id()) for _ in range(2000)]
    assert 400 < sum(chosen) < 600
    monkeypatch.setitem(inside.extensions["settings"]._values, "NOTIFY_PROBE_EVERY", 0)
    assert not any(putting._chosen(new_id()) for _ in range(200))


def test_a_closed_merchant_isnt_called(merchant: Merchant, shop: Shop, tell: Tell) -> None:
    number = tell()
    with transaction():
        merchant.state = "closed"
    sending.drain()
    assert (look(number).state, shop.seen) == ("undelivered", [])
    assert [each.failure for each in attempts(number)] == ["MERCHANT_CLOSED"]


def test_operators_list_show_and_send_again(shop: Shop, tell: Tell, app: Any, merchant: Merchant) -> None:
    shop.answer = says(500, b"busy")
    number = tell()
    sending.drain()
    run = app.test_cli_runner().invoke
    assert number in run(args=["notifications", "list", "--mchid", merchant.mchid, "--state", "pending"]).output
    assert run(args=["notifications", "list", "--state", "undelivered"]).output == ""
    shown = run(args=["notifications", "show", number]).output
    assert re.search(r"1  \S+  schedule  -  500  \d+ ms  STATUS  busy", shown)
    shop.answer = says(204)
    assert run(args=["notifications", "resend", number, "--by", "wang"]).exit_code == 0
    assert run(args=["notifications", "send"]).output == "1 attempts\n"
    assert "hand  operator:wang  204" in run(args=["notifications", "show", number]).output
    for args in (["show", "N0"], ["resend", "N0", "--by", "wang"], ["list", "--mchid", "1699999999"]):
        assert run(args=["notifications", *args]).exit_code == 1


def test_after_their_time_they_go(shop: Shop, tell: Tell, time: Time, db: Any) -> None:
    settled, waiting = tell("a"), tell("b")
    sending.drain()
    shop.answer = says(500)
    waiting = tell("c")
    sending.drain()
    time.forward(timedelta(days=89).total_seconds())
    assert forgetting.forget() == 0
    time.forward(timedelta(days=2).total_seconds())
    assert forgetting.forget() == 2
    assert session().query(Notification).count() == 1
    assert session().query(Attempt).count() == 1
    assert look(waiting).state == "pending"
    assert settled != waiting
