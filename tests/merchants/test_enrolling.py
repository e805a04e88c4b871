"""Merchants: numbers that hold, keys that change hands, ids that can't be joined."""

import datetime
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from app.kernel.errors import Refusal
from app.merchants import enrolling, errors, keeping_keys, openids, queries, uscc
from app.merchants.enrolling import NewMerchant
from tests.merchant_api.till import private_key, public_pem

GOOD = "91360100MADEMT0017"


def code(first: str) -> str:
    return first + uscc.check_character(first)


def test_the_standards_own_example() -> None:
    """GB 32100's example holds; with another last character it doesn't."""
    assert uscc.valid("91350100M000100Y43")
    assert not uscc.valid("91350100M000100Y44")


def test_a_remainder_of_nought_is_written_as_nought() -> None:
    """The trap of 31: the standard's formula gives 31 there, for which its alphabet has no character. Fails with
    an IndexError, or with a wrong character, where the last `% 31` is left out.
    """
    found = [first for n in range(400) if (first := f"91360100MADEM{n:04d}")
             and sum(uscc.ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(first)) % 31 == 0]
    assert found
    assert all(uscc.valid(first + "0") for first in found)


def test_every_single_slip_is_noticed() -> None:
    good = code("91360100MADEMT001")
    for place in range(18):
        for other in uscc.ALPHABET:
            assert uscc.valid(good[:place] + other + good[place + 1:]) is (other == good[place])


@pytest.mark.parametrize("number", ["", GOOD.lower(), f"{GOOD}\n", f" {GOOD}", GOOD[:17], "9" * 18, "I" * 18,
                                    "９１３６０１００ＭＡＤＥＭＴ００１７"])
def test_other_forms_are_refused(number: str) -> None:
    assert not uscc.valid(number)


@pytest.mark.usefixtures("inside")
def test_a_number_that_fails_takes_an_operators_reason() -> None:
    good = code("91360100MADEMT001")
    bad = good[:17] + ("0" if good[17] != "0" else "1")
    for reason in (None, "", "  "):
        with pytest.raises(errors.UsccInvalid):
            enrolling.enrol(NewMerchant("示例店", bad), let_through=reason)
    with pytest.raises(errors.UsccInvalid):
        enrolling.enrol(NewMerchant("示例店", "not a number"), let_through="已核对原件")
    let = enrolling.enrol(NewMerchant("示例店", bad), let_through="已核对营业执照原件")
    assert let.uscc_let_through == "已核对营业执照原件"
    fine = enrolling.enrol(NewMerchant("示例店二", good), let_through="多余的理由")
    assert fine.uscc_let_through is None


@pytest.mark.usefixtures("inside")
def test_who_is_there_already_isnt_taken_twice(db: psycopg.Connection) -> None:
    first = enrolling.enrol(NewMerchant("示例店", code("91360100MADEMT001"), mchid="1600000001"))
    for new in (NewMerchant("示例店", first.uscc), NewMerchant("示例店", code("91360100MADEMT002"), mchid=first.mchid)):
        with pytest.raises(errors.MerchantExists):
            enrolling.enrol(new)
    for wrong in ({"mchid": "12"}, {"mchid": "16000000011"}, {"kind": "bank"}, {"name": ""}, {"name": "x" * 101},
                  {"appid": "a b"}, {"name": "示例\n店"}):
        with pytest.raises(errors.FieldRefused):
            enrolling.enrol(NewMerchant(**{"name": "示例店", "uscc": code("91360100MADEMT003"), **wrong}))
    sealed = db.execute("SELECT apiv3_key_sealed FROM merchants").fetchall()
    assert len(enrolling.apiv3_key(first)) == 32
    assert enrolling.apiv3_key(first).encode() not in sealed[0][0]


@pytest.mark.usefixtures("inside")
def test_two_keys_at_once_and_no_serial_twice() -> None:
    merchant = enrolling.enrol(NewMerchant("示例店", code("91360100MADEMT001")))
    keeping_keys.add(merchant.id, public_pem(private_key(1)), "SERIAL0001")
    with pytest.raises(errors.KeyExists):
        keeping_keys.add(merchant.id, public_pem(private_key(2)), "SERIAL0001")
    keeping_keys.add(merchant.id, public_pem(private_key(2)), "SERIAL0002")
    with pytest.raises(errors.TooManyKeys):
        keeping_keys.add(merchant.id, public_pem(private_key(3)), "SERIAL0003")
    keeping_keys.revoke(merchant.id, "SERIAL0001")
    assert queries.signer(merchant.mchid, "SERIAL0001") is None
    with pytest.raises(errors.KeyExists):
        keeping_keys.add(merchant.id, public_pem(private_key(3)), "SERIAL0001")
    with pytest.raises(errors.KeyUnknown):
        keeping_keys.revoke(merchant.id, "SERIAL0001")
    assert keeping_keys.add(merchant.id, public_pem(private_key(3)), "SERIAL0003").revoked_at is None


def test_keys_added_at_once_are_counted(app: Any) -> None:
    """Fails where the merchant's row isn't locked before the count."""
    with app.app_context():
        merchant = enrolling.enrol(NewMerchant("示例店", code("91360100MADEMT001")))
    start = threading.Barrier(6)

    def add(number: int) -> bool:
        with app.app_context():
            start.wait()
            try:
                keeping_keys.add(merchant.id, public_pem(private_key(1)), f"ATONCE000{number}")
            except Refusal:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(add, range(6))) == 2


@pytest.mark.usefixtures("inside")
def test_only_strong_rsa_keys_are_taken() -> None:
    merchant = enrolling.enrol(NewMerchant("示例店", code("91360100MADEMT001")))
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 (to be refused)
    curve = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    private = private_key(1).private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()).decode()
    for pem in (public_pem(weak), curve, private, "", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
                "x" * 9000):
        with pytest.raises(errors.KeyRefused):
            keeping_keys.add(merchant.id, pem, "SERIAL0001")
    for serial in (None, "short", "a/b/c/d/e", "x" * 65, "SERIAL0001\n"):
        with pytest.raises(errors.KeyRefused):
            keeping_keys.add(merchant.id, public_pem(private_key(1)), serial)


@pytest.mark.usefixtures("inside")
def test_a_certificate_brings_its_own_serial() -> None:
    merchant = enrolling.enrol(NewMerchant("示例店", code("91360100MADEMT001")))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example")])
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private_key(1).public_key())
            .serial_number(0xABCDEF0123456789).not_valid_before(now).not_valid_after(now.replace(year=2031))
            .sign(private_key(1), hashes.SHA256()))
    key = keeping_keys.add(merchant.id, made.public_bytes(serialization.Encoding.PEM).decode())
    assert key.serial_no == "ABCDEF0123456789"
    assert keeping_keys.parsed(key.public_key_pem).public_numbers() == private_key(1).public_key().public_numbers()


@pytest.mark.usefixtures("inside")
def test_pairwise_ids() -> None:
    """The same pair always, another for each merchant and each citizen, and nothing of either in it."""
    first, second, citizen = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    assert openids.pairwise(first, citizen) == openids.pairwise(first, citizen)
    assert len({openids.pairwise(merchant, each) for merchant in (first, second) for each in (citizen, first)}) == 4
    assert len(openids.pairwise(first, citizen)) == 28


def test_the_commands(app: Any, tmp_path: Any) -> None:
    """What an operator types, and what a refusal looks like there."""
    run = app.test_cli_runner().invoke
    good, pem = code("91360100MADEMT001"), tmp_path / "key.pem"
    pem.write_text(public_pem(private_key(1)))
    made = run(args=["merchants", "enrol", "示例店", good, "--mchid", "1600000001"])
    assert "mchid 1600000001" in made.output, made.output
    assert run(args=["merchants", "enrol", "示例店", good]).exit_code == 1
    assert "USCC_INVALID" in run(args=["merchants", "enrol", "示例店", good[:17] + "I"]).output
    assert "serial_no SERIAL0001" in run(
        args=["merchants", "add-key", "1600000001", str(pem), "--serial-no", "SERIAL0001"]).output
    store = ["merchants", "add-store", "1600000001", "S-1", "一店", "360103", "示例路"]
    assert "store S-1" in run(args=store).output
    assert "STORE_EXISTS" in run(args=store).output
    assert "paused" in run(args=["merchants", "pause", "1600000001"]).output
    assert "active" in run(args=["merchants", "pause", "1600000001", "--end"]).output
    assert "revoked" in run(args=["merchants", "revoke-key", "1600000001", "SERIAL0001"]).output
    listed = run(args=["merchants", "list"]).output
    assert f"1600000001\tactive\tmerchant\t{good}\t示例店" in listed
    assert "MERCHANT_UNKNOWN" in run(args=["merchants", "revoke-key", "1600000009", "SERIAL0001"]).output
