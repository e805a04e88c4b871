"""How merchants check us: public keys and certificates, changed without stopping; both suites; probes.

The `wechatpayv3` package, which nobody here wrote, checks our answers by its own code; only the host is another.
"""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import wechatpayv3
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from wechatpayv3 import core as sdk_core
from wechatpayv3 import utils as sdk_utils

import config
from app.factory import create_app
from app.kernel import clock, sm2
from app.kernel.sealing import keyring
from app.merchants import enrolling, keeping_keys, queries, rotating, sealing, signing, uscc
from tests.merchant_api import national
from tests.merchant_api.national import NationalKey, NationalTill
from tests.merchant_api.till import Till, private_key
from tests.serving import serving

PATH = "/v3/xinyi/verifications"
BODY = json.dumps({"presentation": "0" * 22}).encode()


@pytest.fixture(autouse=True)
def _fresh_keys(app: Any) -> Iterator[None]:
    yield
    with app.app_context():
        rotating.reread()


@pytest.fixture
def served(app: Any) -> Iterator[str]:
    """The application's address on loopback."""
    with serving(app) as origin:
        yield origin


def sdk(till: Till, apiv3_key: str, host: str, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Any:
    """The package as a merchant makes it, before its first call; only the host is another."""
    pem = till.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    core = sdk_core.Core
    with monkeypatch.context() as patch:
        patch.setattr(core, "_init_certificates", lambda self: None)  # it would call WeChat's host at once
        made = wechatpayv3.WeChatPay(
            wechatpay_type=wechatpayv3.WeChatPayType.MINIPROG,
            mchid=till.mchid,
            private_key=pem,
            cert_serial_no=till.serial_no,
            apiv3_key=apiv3_key,
            appid="wxdemo",
            notify_url="https://m.example/n",
            **more,
        )
    made._core._gate_way = host
    if not more:
        made._core._init_certificates()
    return made


def apiv3_key(app: Any, till: Till) -> str:
    with app.app_context():
        return enrolling.apiv3_key(queries.get(till.merchant_id))


def ask(pay: Any) -> Any:
    """A call that is answered 200; the package raises where it can't verify the answer."""
    code, told = pay._core.request(PATH, sdk_core.RequestType.POST, data={"presentation": "0" * 22})
    assert code == 200, told
    return json.loads(told)


def test_the_sdk_verifies_us_by_public_key(till: Till, app: Any, served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where the answer names another key, or another body is signed."""
    with app.app_context():
        key = rotating.current(rotating.ANSWERS)
    pay = sdk(till, apiv3_key(app, till), served, monkeypatch, public_key=key.public_pem(), public_key_id=key.kid)
    assert ask(pay)["eligible"] is False
    with app.app_context():
        rotating.rotate(rotating.ANSWERS, timedelta(0), "operator")
    assert ask(pay)["eligible"] is False, "it names the key it has, which is still served"


def test_the_sdk_verifies_us_by_certificate(till: Till, app: Any, served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It downloads, opens and keeps the certificates by its own code. Fails where the serial isn't the certificate's,
    where the seal is bound to something else, or where who asked for certificates is answered by key id.
    """
    pay = sdk(till, apiv3_key(app, till), served, monkeypatch)
    assert [f"{each.serial_number:X}" for each in pay._core._certificates] == certificate_serials(app)
    assert ask(pay)["eligible"] is False
    with app.app_context():
        rotating.rotate(rotating.ANSWERS, timedelta(0), "operator")
    assert ask(pay)["eligible"] is False, "an unknown serial makes it ask again"
    assert [f"{each.serial_number:X}" for each in pay._core._certificates] == certificate_serials(app)
    assert len(pay._core._certificates) == 2


def test_who_tried_certificates_once_and_names_our_public_key_is_answered_and_told_by_it(
        till: Till, app: Any, served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an SDK by public key couldn't verify its notifications any more. Fails without the guard's word."""
    with app.app_context():
        key = rotating.current(rotating.ANSWERS)
    ask(sdk(till, apiv3_key(app, till), served, monkeypatch))
    assert way(app, till) == "certificate"
    ask(sdk(till, apiv3_key(app, till), served, monkeypatch, public_key=key.public_pem(), public_key_id=key.kid))
    assert way(app, till) == "public_key"


def way(app: Any, till: Till) -> str:
    with app.app_context():
        return queries.get(till.merchant_id).answers_by


def certificate_serials(app: Any) -> list[str | None]:
    with app.app_context():
        return [key.serial for key in rotating.served(rotating.ANSWERS)]


@pytest.mark.parametrize("by", [signing.PUBLIC_KEY, signing.CERTIFICATE])
def test_the_sdk_takes_our_notifications_and_refuses_probes(
    till: Till, app: Any, served: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its `callback()` on what `signing` and `sealing` made. Fails where the probe's signature holds."""
    with app.app_context():
        key = rotating.current(rotating.ANSWERS)
        merchant = queries.get(till.merchant_id)
        body = json.dumps(
            {
                "id": "N1",
                "event_type": "PAYSCORE.USER_CONFIRM",
                "resource_type": "encrypt-resource",
                "resource": sealing.resource(merchant, b'{"a": 1}', "payscore", "payscore"),
            }
        ).encode()
        right, wrong = (make(signing.RSA, body, by=by) for make in (signing.headers, signing.wrong_headers))
    more = {"public_key": key.public_pem(), "public_key_id": key.kid} if by == signing.PUBLIC_KEY else {}
    pay = sdk(till, apiv3_key(app, till), served, monkeypatch, **more)
    assert pay.callback(right, body)["resource"] == {"a": 1}
    assert wrong["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    assert len(wrong["Wechatpay-Signature"]) == len(right["Wechatpay-Signature"])
    assert not pay.callback(wrong, body)


def test_our_key_changes_without_stopping(till: Till, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shown at once, signing after the lead; the old one for those who name it, until the overlap is over.

    Fails where the newest key signs at once, or the old one is forgotten with the change.
    """
    old = till.answers_id
    with app.app_context():
        new = rotating.rotate(rotating.ANSWERS, timedelta(hours=1), "operator")
    assert named(till, app) == old
    assert named(till, app, old) == old
    assert named(till, app, new.kid) == new.kid, "shown is as good as signing, for who has it already"
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=2))
    assert named(till, app) == new.kid
    assert named(till, app, old) == old
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=74))
    assert named(till, app, old) == new.kid
    with app.app_context():
        assert [key.kid for key in rotating.served(rotating.ANSWERS)] == [new.kid]


def named(till: Till, app: Any, serial: str | None = None) -> str:
    """The key that an answer names; its signature has been checked with that very key."""
    at = clock.now().timestamp()
    answer = till.client.post(
        PATH,
        data=BODY,
        headers={
            "Authorization": till.authorize("POST", PATH, BODY, at=at),
            "Content-Type": "application/json",
            **({"Wechatpay-Serial": serial} if serial else {}),
        },
    )
    assert answer.status_code == 200, answer.text
    with app.app_context():
        key = next(each for each in rotating.served(rotating.ANSWERS) if each.kid == answer.headers["Wechatpay-Serial"])
    head = answer.headers
    signed = f"{head['Wechatpay-Timestamp']}\n{head['Wechatpay-Nonce']}\n".encode() + answer.data + b"\n"
    key.public.verify(base64.b64decode(head["Wechatpay-Signature"]), signed, padding.PKCS1v15(), SHA256())
    return str(key.kid)


def test_another_process_learns_of_a_key_by_itself(
    till: Till, app: Any, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No restart. Fails where keys are read at the start only; withdrawn is gone at once."""
    other = create_app(config.load(environ))
    elsewhere = Till(other.test_client(), till.mchid, till.serial_no, till.key, till.answers_key, till.answers_id)
    assert named(elsewhere, other) == till.answers_id
    with app.app_context():
        new = rotating.rotate(rotating.ANSWERS, timedelta(0), "operator").kid
    monkeypatch.setattr(rotating, "REREAD_SECONDS", 0.0)
    assert named(elsewhere, other) == new
    with app.app_context():
        rotating.withdraw(new, "operator")
    assert named(elsewhere, other) == till.answers_id


def test_a_database_that_is_away_takes_no_key_away(app: Any, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that says 503 is signed as well. Fails where reading keys raises."""
    with app.app_context():
        new = rotating.rotate(rotating.ANSWERS, timedelta(0), "operator").kid
        assert rotating.current(rotating.ANSWERS).kid == new
        monkeypatch.setattr(rotating, "REREAD_SECONDS", 0.0)
        monkeypatch.setattr(rotating.db.engine.pool, "_do_get", broken)
        assert rotating.current(rotating.ANSWERS).kid == new


def broken(*_: object) -> None:
    raise rotating.SQLAlchemyError("away")


def test_certificates_are_for_their_merchant_alone(till: Till, till_of: Callable[..., Till], app: Any) -> None:
    """Sealed by each one's own key; what is in it is our key, self-signed, within its time."""
    other = till_of(2)
    entry = till.client.get(
        "/v3/certificates", headers={"Authorization": till.authorize("GET", "/v3/certificates", b"")}
    ).json["data"][0]
    assert entry.keys() == {"serial_no", "effective_time", "expire_time", "encrypt_certificate"}
    sealed = entry["encrypt_certificate"]
    assert (sealed["algorithm"], sealed["associated_data"], len(sealed["nonce"])) == (
        "AEAD_AES_256_GCM",
        "certificate",
        12,
    )
    opened = sdk_utils.aes_decrypt(sealed["nonce"], sealed["ciphertext"], "certificate", apiv3_key(app, till))
    certificate = x509.load_pem_x509_certificate(opened.encode())
    assert f"{certificate.serial_number:X}" == entry["serial_no"]
    certificate.verify_directly_issued_by(certificate)
    assert sdk_utils.aes_decrypt(sealed["nonce"], sealed["ciphertext"], "certificate", apiv3_key(app, other)) is None


# -- the national suite ---------------------------------------------------------------------------------------


@pytest.fixture
def pair() -> NationalKey:
    return NationalKey()


@pytest.fixture
def national_till(app: Any, pair: NationalKey) -> NationalTill:
    """A merchant under 密评."""
    with app.app_context():
        first = "91360100MADEMT088"
        merchant = enrolling.enrol(
            enrolling.NewMerchant(
                "示例国密商户", first + uscc.check_character(first), mchid="1600000088", suite=signing.SM2
            )
        )
        keeping_keys.add(merchant.id, pair.pem(), "NATIONAL0001")
        ours = keyring().answers_sm2
        assert ours is not None
        return NationalTill(
            app.test_client(),
            merchant.mchid,
            "NATIONAL0001",
            pair,
            b"\x04" + ours.now.public.point,  # type: ignore[arg-type]
            ours.current,
            merchant.id,
        )


@pytest.mark.parametrize("back_end", ["gmssl_pyx", "gmalg"])
def test_a_merchant_of_the_national_suite(
    national_till: NationalTill, back_end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways, by a second implementation of the curve; refusals too. Either back end of ours."""
    if back_end == "gmalg":
        monkeypatch.setattr(sm2, "gmssl_pyx", None)
    assert national_till.send("POST", PATH, BODY).status_code == 200
    header = national_till.authorize("POST", PATH, BODY)
    assert national_till.send("POST", PATH, BODY + b" ", header).status_code == 401
    assert national_till.get("/v3/xinyi/redemptions/NONE").status_code == 404


def test_a_signature_has_one_form(national_till: NationalTill, app: Any) -> None:
    """DER, canonical (docs/decisions/0150): raw r‖s, another encoding of the same numbers, and RSA are refused."""

    def recoded(change: Callable[[bytes], bytes]) -> int:
        def edit(parts: dict[str, str]) -> None:
            parts["signature"] = base64.b64encode(change(base64.b64decode(parts["signature"]))).decode()

        return national_till.send(
            "POST", PATH, BODY, national_till.authorize("POST", PATH, BODY, edit=edit)
        ).status_code

    assert recoded(lambda der: der) == 200
    assert recoded(lambda der: sm2.from_der(der) or b"") == 401
    assert recoded(lambda der: der + b"\x00") == 401
    assert recoded(lambda der: der[:1] + b"\x81" + der[1:]) == 401
    as_rsa = Till(national_till.client, national_till.mchid, "NATIONAL0001", private_key(1), None)  # type: ignore[arg-type]
    answer = national_till.client.post(
        PATH,
        data=BODY,
        headers={"Authorization": as_rsa.authorize("POST", PATH, BODY), "Content-Type": "application/json"},
    )
    assert answer.status_code == 401


def test_suites_dont_mix(till: Till, app: Any, pair: NationalKey) -> None:
    """A signature isn't taken under the other suite's name, an SM2 key isn't registered for an RSA merchant; changing
    the suite revokes the old keys with it.
    """
    renamed = till.authorize("POST", PATH, BODY).replace(signing.RSA, signing.SM2)
    answer = till.client.post(PATH, data=BODY, headers={"Authorization": renamed, "Content-Type": "application/json"})
    assert answer.status_code == 401
    with app.app_context():
        with pytest.raises(keeping_keys.KeyRefused):
            keeping_keys.add(till.merchant_id, pair.pem(), "NATIONAL0002")
        keeping_keys.set_suite(till.merchant_id, signing.SM2)
        assert queries.live_keys(till.merchant_id) == []
        keeping_keys.add(till.merchant_id, pair.pem(), "NATIONAL0002")
    answer = till.client.post(
        PATH,
        data=BODY,
        headers={"Authorization": till.authorize("POST", PATH, BODY), "Content-Type": "application/json"},
    )
    assert answer.status_code == 401


def test_national_certificates(national_till: NationalTill, app: Any) -> None:
    """AEAD_SM4_GCM under SM3 of the APIv3 key, and a certificate that signs itself by SM2 with SM3."""
    answer = national_till.client.get(
        "/v3/certificates", headers={"Authorization": national_till.authorize("GET", "/v3/certificates", b"")}
    )
    entry = answer.json["data"][0]
    assert answer.headers["Wechatpay-Serial"] == entry["serial_no"]
    pem = national.open_sealed(apiv3_key(app, national_till), entry["encrypt_certificate"])
    certificate = x509.load_pem_x509_certificate(pem)
    assert f"{certificate.serial_number:X}" == entry["serial_no"]
    assert certificate.signature_algorithm_oid.dotted_string == "1.2.156.10197.1.501"
    assert national.verify(national_till.answers_key, certificate.tbs_certificate_bytes, certificate.signature)


def test_the_database_holds_two_live_keys_and_no_third(till: Till, app: Any, db: Any) -> None:
    """Past every verb. Fails where the slot's CHECK or its unique key goes."""
    row = (
        "INSERT INTO merchant_keys (id, merchant_id, serial_no, public_key_pem, slot, created_at, created_by) VALUES "
        "(gen_random_uuid(), %s, %s, '-', %s, now(), 'test')"
    )
    db.execute(row, (till.merchant_id, "SLOT000002", 2))
    for slot in (1, 2, 3, None):
        with pytest.raises(Exception, match="merchant_keys"):
            db.execute(row, (till.merchant_id, f"SLOT00000{slot}X", slot))
