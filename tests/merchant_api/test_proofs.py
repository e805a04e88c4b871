"""Offline proofs: checked by a program that knows only the public key set, sent in later, told apart.

joserfc stands for the merchant's program: nothing else here uses it, and it shares no code with the application.
"""

import base64
import itertools
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from app.benefits import claiming, expiring, presenting, redeeming
from app.benefits.errors import NotPresentable
from app.benefits.models import Offer
from app.kernel import clock
from app.kernel.sealing import keyring
from app.merchants import rotating
from tests.benefits import ground
from tests.contract.scene import logged_in
from tests.merchant_api.till import Till

KEYS = "/v3/xinyi/proof-keys"
REDEEM = "/v3/xinyi/redemptions"
USED, EXPIRED = (400, "PROOF_ALREADY_USED"), (400, "PROOF_EXPIRED")
UNKNOWN, WRONG, PARAM = (404, "RESOURCE_NOT_EXISTS"), (400, "INVALID_REQUEST"), (400, "PARAM_ERROR")
_numbers = itertools.count(1)


class Phone:
    """A citizen's mini-app with an entitlement."""

    def __init__(self, app: Any, offer: Offer, number: int) -> None:
        self.client, self.app, self.offer = app.test_client(), app, offer
        with app.app_context():
            self.citizen = ground.ready(number, offer)
            made = claiming.claim(self.citizen, offer.id, None, None)
            self.entitlement_id, self.entitlement_no = made.id, made.entitlement_no
            self.who = {"Authorization": f"Bearer {logged_in(self.citizen)[0]}"}

    def show(self, **told: Any) -> dict[str, Any]:
        answer = self.client.post(
            f"/api/v1/entitlements/{self.entitlement_id}/presentations", json=told, headers=self.who
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def proof(self) -> str:
        return str(self.show(offline=True)["code"])


@pytest.fixture
def phone(app: Any, till: Till, voucher: Offer) -> Phone:
    return Phone(app, voucher, 1)


@pytest.fixture(autouse=True)
def _fresh_keys(app: Any) -> Any:
    yield
    with app.app_context():
        rotating.reread()


def check(till: Till, proof: str) -> dict[str, Any]:
    """What a till without network does: by the key set it fetched while it had one."""
    keys = KeySet.import_key_set(till.client.get(KEYS).json)
    token = jwt.decode(proof, keys, algorithms=["ES256"])
    jwt.JWTClaimsRegistry(
        aud={"essential": True, "value": till.mchid},
        exp={"essential": True},
        iat={"essential": True},
        jti={"essential": True},
    ).validate(token.claims)
    return dict(token.claims)


def upload(till: Till, proof: str, offer: Offer, at: datetime | None = None, **more: Any) -> Any:
    told = {
        "out_redemption_no": f"OFF-{next(_numbers):06d}",
        "service_id": offer.service_id,
        "proof": proof,
        "redeemed_at": (at or datetime.now(UTC)).isoformat(timespec="seconds"),
        **more,
    }
    return send(till, told)


def send(till: Till, told: dict[str, Any]) -> Any:
    body = json.dumps(told).encode()
    header = till.authorize("POST", REDEEM, body, at=clock.now().timestamp())
    return till.client.post(REDEEM, data=body, headers={"Authorization": header, "Content-Type": "application/json"})


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json.get("code", "")


def later(monkeypatch: pytest.MonkeyPatch, span: timedelta) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + span)


def test_another_program_checks_a_proof(till: Till, till_of: Callable[..., Till], phone: Phone, voucher: Offer) -> None:
    """Six claims, none of them about a person; ten minutes at most; nobody else's audience, no bit changed.

    Fails where the signature is DER, where `aud` is our own id of the merchant, or where a claim is added.
    """
    shown = phone.show(offline=True)
    claims = check(till, shown["code"])
    assert claims.keys() == {"aud", "svc", "ent", "jti", "iat", "exp"}
    assert (claims["svc"], claims["ent"], claims["aud"]) == (voucher.service_id, phone.entitlement_no, till.mchid)
    assert 0 < claims["exp"] - claims["iat"] <= 600
    assert shown["qr"].startswith("<svg")
    assert shown["expires_at"] == clock.rfc3339(datetime.fromtimestamp(claims["exp"], UTC))
    header = jws.extract_compact(shown["code"].encode()).headers()
    assert header == {"alg": "ES256", "kid": header["kid"], "typ": "xinyi-proof+jwt"}
    with pytest.raises(JoseError):
        check(till_of(2), shown["code"])
    with pytest.raises(JoseError):
        check(till, shown["code"][:-3] + ("AAA" if shown["code"][-3:] != "AAA" else "BBB"))


def test_a_proof_is_one_thing_however_often_it_is_shown(
    phone: Phone, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One jti while it lives, so that showing it twice isn't having it twice; a fresh one when it is nearly over."""
    first, second = check(till, phone.proof()), check(till, phone.proof())
    assert first == second
    later(monkeypatch, timedelta(minutes=9))
    third = jws.extract_compact(phone.proof().encode())
    assert json.loads(third.payload)["jti"] != first["jti"]


def test_the_key_set_is_public_and_may_be_kept(client: Any) -> None:
    answer = client.get(KEYS)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.content_type == "application/jwk-set+json"
    assert all(key.keys() == {"kty", "crv", "use", "alg", "kid", "x", "y"} for key in answer.json["keys"])
    assert client.get(KEYS, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_keys_change_and_old_proofs_stay_good(
    till: Till, phone: Phone, voucher: Offer, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old key is served until the last proof that it signed can't come in any more. Fails where it goes at once."""
    proof, at = phone.proof(), datetime.now(UTC)
    old = jws.extract_compact(proof.encode()).headers()["kid"]
    with app.app_context():
        new = rotating.rotate(rotating.PROOFS, timedelta(0), "operator").kid
    assert jws.extract_compact(phone.proof().encode()).headers()["kid"] == new
    assert [key["kid"] for key in till.client.get(KEYS).json["keys"]] == [new, old]
    assert check(till, proof)["ent"] == phone.entitlement_no
    later(monkeypatch, timedelta(days=6))
    assert said(upload(till, proof, voucher, at)) == (200, "")
    later(monkeypatch, timedelta(days=7, minutes=11))
    assert [key["kid"] for key in till.client.get(KEYS).json["keys"]] == [new]


def test_a_late_upload_is_a_redemption_of_its_own_day(
    till: Till, phone: Phone, voucher: Offer, db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quota, usage, history and reversal as with network; the use is when it was, the upload is noted."""
    proof, at = phone.proof(), datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=60)
    later(monkeypatch, timedelta(days=3))
    told = {
        "out_redemption_no": "OFF-LATE",
        "service_id": voucher.service_id,
        "proof": proof,
        "redeemed_at": at.isoformat(),
        "clerk": "7",
    }
    first = send(till, told)
    assert said(first) == (200, "")
    assert (first.json["redeemed_at"], first.json["state"]) == (clock.rfc3339(at), "done")
    assert send(till, told).json == first.json, "twice by the same merchant: the same answer"
    elsewhere = {**told, "redeemed_at": at.astimezone(clock.SHANGHAI).isoformat()}
    assert send(till, elsewhere).json == first.json, "the same moment by another offset is the same content"
    occurred, outcome, received = db.execute(
        "SELECT u.occurred_at, u.outcome, r.received_at FROM usages u JOIN redemptions r ON r.id = u.redemption_id"
    ).fetchone()
    assert (occurred, outcome) == (at, "fulfilled")
    assert received - at > timedelta(days=2)
    later(monkeypatch, timedelta(days=9))  # six days after it came in, nine after the use
    assert send(till, told).json == first.json, "and once more, after the time for uploads"
    body = json.dumps({"reason": "误核销"}).encode()
    path = f"{REDEEM}/OFF-LATE/reversal"
    back = till.client.post(
        path,
        data=body,
        headers={
            "Content-Type": "application/json",
            "Authorization": till.authorize("POST", path, body, at=clock.now().timestamp()),
        },
    )
    assert (back.status_code, back.json.get("state")) == (200, "reversed"), back.text


def test_two_that_spent_the_same_jti_are_told_apart(
    till: Till, phone: Phone, voucher: Offer, db: psycopg.Connection
) -> None:
    """Two tills of one merchant: the first to come in wins. Fails where the spent code isn't looked at."""
    proof = phone.proof()
    assert said(upload(till, proof, voucher)) == (200, "")
    assert said(upload(till, proof, voucher)) == USED
    assert db.execute("SELECT count(*) FROM usages").fetchone() == (1,)


def test_two_at_the_same_moment(
    till: Till, phone: Phone, voucher: Offer, db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other's upload is committed between this one's look and its lock. Fails where the proof isn't read again
    under the lock: it was answered as a benefit that can't be used.
    """
    proof, hold, others = phone.proof(), redeeming.hold, []

    def late(*told: Any) -> Any:
        if not others:
            others.append((0, ""))
            other = threading.Thread(target=lambda: others.append(said(upload(till, proof, voucher))))
            other.start()
            other.join()
        return hold(*told)

    monkeypatch.setattr(redeeming, "hold", late)
    assert said(upload(till, proof, voucher)) == USED
    assert others[1:] == [(200, "")]
    assert db.execute("SELECT count(*) FROM usages").fetchone() == (1,)


def test_a_code_spent_with_network_first(till: Till, phone: Phone, voucher: Offer) -> None:
    """The entitlement is used: the proof that was out comes too late. And after the reversal it stays spent."""
    proof, code = phone.proof(), phone.show()["code"]
    answer = send(till, {"out_redemption_no": "ONLINE-1", "service_id": voucher.service_id, "presentation": code})
    assert said(answer) == (200, "")
    assert said(upload(till, proof, voucher)) == USED
    assert till.post(f"{REDEEM}/ONLINE-1/reversal", {"reason": "误核销"}).status_code == 200
    assert said(upload(till, proof, voucher)) == USED


def test_a_proof_is_taken_with_network_too(
    till: Till, till_of: Callable[..., Till], phone: Phone, voucher: Offer
) -> None:
    """The same QR: verified and redeemed like a code, and by nobody else."""
    proof = phone.proof()
    assert till_of(2).post("/v3/xinyi/verifications", {"presentation": proof}).json["eligible"] is False
    assert till.post("/v3/xinyi/verifications", {"presentation": proof}).json["eligible"] is True
    told = {"out_redemption_no": "ONLINE-2", "service_id": voucher.service_id, "presentation": proof}
    assert said(send(till_of(2), told)) == UNKNOWN
    assert said(send(till, told)) == (200, "")
    assert said(upload(till, proof, voucher)) == USED


def test_another_merchant_and_another_service_learn_nothing(
    till: Till, till_of: Callable[..., Till], phone: Phone, voucher: Offer, rental: Offer
) -> None:
    """As an unknown one, be it fresh, spent or over. Fails where `aud` is looked at last."""
    proof, other = phone.proof(), till_of(2)
    unknown = said(upload(other, proof[:-6] + "AAAAAA", voucher))
    assert unknown == UNKNOWN
    assert said(upload(other, proof, voucher)) == UNKNOWN
    assert said(upload(till, proof, rental)) == UNKNOWN
    assert said(upload(till, proof, voucher)) == (200, "")
    assert said(upload(other, proof, voucher)) == UNKNOWN
    assert said(upload(other, proof, voucher, datetime.now(UTC) + timedelta(hours=1))) == UNKNOWN


@pytest.mark.parametrize(
    ("minutes", "answer"), [(-10, PARAM), (-4, (200, "")), (4, (200, "")), (5.5, PARAM), (9.5, PARAM), (11, EXPIRED)]
)
def test_a_clock_that_is_wrong(
    till: Till, phone: Phone, voucher: Offer, minutes: float, answer: tuple[int, str]
) -> None:
    """Sent in at once, by a till whose clock is off: five minutes are forgiven, within the proof's life."""
    sent = upload(till, phone.proof(), voucher, datetime.now(UTC) + timedelta(minutes=minutes))
    assert said(sent) == answer, sent.text
    if answer == PARAM:
        assert sent.json["detail"]["field"] == "/redeemed_at"
    if minutes == -4:
        assert datetime.fromisoformat(sent.json["redeemed_at"]) >= datetime.now(UTC) - timedelta(minutes=1)


def test_used_after_its_end_or_sent_in_too_late(
    till: Till, phone: Phone, voucher: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof, begun = phone.proof(), datetime.now(UTC)
    later(monkeypatch, timedelta(days=1))
    assert said(upload(till, proof, voucher, begun + timedelta(minutes=10, seconds=2))) == EXPIRED
    later(monkeypatch, timedelta(days=7, minutes=11))
    assert said(upload(till, proof, voucher, begun)) == EXPIRED
    later(monkeypatch, timedelta(days=7, minutes=9))
    assert said(upload(till, proof, voucher, begun)) == (200, "")


def test_what_ran_out_meanwhile_was_used_in_time(
    till: Till, app: Any, voucher: Offer, db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the benefit waits for a proof that is out; nothing else can be done with it any more, and when no
    proof can come in it ends. Fails where the scheduler doesn't look for proofs.
    """
    phone, other = Phone(app, voucher, 5), Phone(app, voucher, 6)
    db.execute("UPDATE entitlements SET valid_to = now() + interval '5 minutes'")
    db.execute("UPDATE entitlements SET due_at = valid_to")
    proof, begun = phone.proof(), datetime.now(UTC)
    claims = check(till, proof)
    assert claims["exp"] - claims["iat"] <= 300, "it doesn't outlive the benefit"
    other.proof()
    later(monkeypatch, timedelta(days=1))
    with app.app_context():
        assert expiring.run_due() == 0
        with pytest.raises(NotPresentable):
            presenting.present(phone.citizen.id, phone.entitlement_id)
    assert said(upload(till, proof, voucher, begun)) == (200, "")
    later(monkeypatch, timedelta(days=7, minutes=6))
    with app.app_context():
        assert expiring.run_due() == 1, "the other's, whose proof can't come any more"


def test_given_back_before_it_came_in(till: Till, phone: Phone, voucher: Offer) -> None:
    """Declared: the merchant who waits bears that risk."""
    proof = phone.proof()
    back = phone.client.post(f"/api/v1/entitlements/{phone.entitlement_id}/cancellation", headers=phone.who)
    assert back.status_code == 200, back.text
    assert said(upload(till, proof, voucher)) == WRONG


def test_what_isnt_a_proof_of_ours_is_unknown(till: Till, phone: Phone, voucher: Offer, app: Any) -> None:
    """C1, C2: no algorithm, another one, another curve, a key of ours for something else, unknown or odd parts.

    Fails where the header's word chooses the algorithm, or `kid` may name any key.
    """
    proof = phone.proof()
    header, payload, signature = proof.split(".")
    claims, kid = json.loads(b64(payload)), json.loads(b64(header))["kid"]
    ours = ECKey.import_key(ec.generate_private_key(ec.SECP256R1()))
    with app.app_context():
        tokens_kid = keyring().tokens.current
    odd = [
        f"{coded({'alg': 'none', 'kid': kid, 'typ': 'xinyi-proof+jwt'})}.{payload}.",
        f"{coded({'alg': 'none', 'kid': kid, 'typ': 'xinyi-proof+jwt'})}.{payload}.{signature}",
        f"{coded({'alg': 'ES256', 'kid': 'nobody', 'typ': 'xinyi-proof+jwt'})}.{payload}.{signature}",
        f"{coded({'alg': 'ES256', 'kid': kid})}.{payload}.{signature}",
        f"{header}.{coded({**claims, 'exp': claims['exp'] + 60})}.{signature}",
        f"{header}.{coded({**claims, 'sub': 'x'})}.{signature}",
        f"{header}.{payload}.{signature[:-1]}{chr(ord(signature[-1]) + 1)}",
        f"{header}.{payload}.{'A' * 86}",
        f"{header}.{payload}",
        proof + "=",
        f"{proof}.x",
        "....",
        "x" * 900,
        jws.serialize_compact({"alg": "ES256", "kid": kid, "typ": "xinyi-proof+jwt"}, json.dumps(claims), ours),
        jws.serialize_compact({"alg": "ES256", "kid": tokens_kid, "typ": "xinyi-proof+jwt"}, json.dumps(claims), ours),
        jws.serialize_compact(
            {"alg": "ES384", "kid": kid, "typ": "xinyi-proof+jwt"},
            json.dumps(claims),
            ECKey.import_key(ec.generate_private_key(ec.SECP384R1())),
            algorithms=["ES384"],
        ),
    ]
    for each in odd:
        assert said(upload(till, each, voucher)) == UNKNOWN, each[:80]
        assert till.post("/v3/xinyi/verifications", {"presentation": each}).json["eligible"] is False
    assert said(upload(till, "x" * 901, voucher)) == PARAM
    assert said(upload(till, proof, voucher)) == (200, "")


def test_a_body_says_one_thing(till: Till, phone: Phone, voucher: Offer) -> None:
    """`proof` goes with `redeemed_at`, and in place of the others."""
    proof, code = phone.proof(), phone.show()["code"]
    base = {"out_redemption_no": "ODD-1", "service_id": voucher.service_id}
    at = {"redeemed_at": datetime.now(UTC).isoformat(timespec="seconds")}
    for told in (
        {"proof": proof},
        at,
        {"presentation": code, **at},
        {"proof": proof, "presentation": code, **at},
        {"proof": proof, "entitlement_no": phone.entitlement_no, **at},
        {"proof": proof, "redeemed_at": "today"},
    ):
        assert said(send(till, {**base, **told})) == PARAM, told
    for told in ({"offline": "yes"}, {"offline": 1}, {"online": True}):
        answer = phone.client.post(
            f"/api/v1/entitlements/{phone.entitlement_id}/presentations", json=told, headers=phone.who
        )
        assert answer.status_code == 422


def b64(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def coded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
