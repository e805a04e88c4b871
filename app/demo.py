"""`flask demo load`: made-up merchants, offers and volunteers, and VAR_DIR/demo.json that tells of them.

For development only; a second run finds what the first one made.
"""

import json
import os
import tomllib
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask.cli import AppGroup

from app import demo_certificates, demo_league, demo_staff
from app.benefits import offers
from app.benefits import queries as benefits
from app.identity.sealing import identity_index
from app.kernel import clock
from app.kernel.sealing import keyring
from app.kernel.settings import settings
from app.merchants import enrolling, keeping_keys
from app.merchants import queries as merchants
from app.volunteers import queries as volunteers
from app.volunteers import registering
from app.volunteers.service import hours

ROOT = Path(__file__).parents[1]
demo_cli = AppGroup("demo", help="Made-up data for development.")

MERCHANTS: tuple[dict[str, Any], ...] = (
    {"mchid": "1600000001", "appid": "wxdemorental0001", "name": "赣江畔共享租借（示例）", "kind": "merchant",
     "uscc": "91360100MADEM00013", "serial_no": "DEMO0000000000000001",
     "stores": [("GJ-01", "滕王阁路口店", "360103", "南昌市示例路 1 号")]},
    {"mchid": "1600000002", "appid": "wxdemoyouth00002", "name": "青年之家书咖（示例）", "kind": "merchant",
     "uscc": "91360100MADEM00026", "serial_no": "DEMO0000000000000002",
     "stores": [("QN-01", "青山湖店", "360111", "南昌市示例路 2 号")]},
    {"mchid": "1600000003", "appid": "wxdemogov0000003", "name": "示例区政务服务中心（示例）", "kind": "public_body",
     "uscc": "11360100MADEM0003H", "serial_no": "DEMO0000000000000003",
     "stores": [("ZW-01", "一楼综合窗口", "360100", "南昌市示例路 3 号")]},
)
OFFERS: tuple[dict[str, Any], ...] = (
    {"mchid": "1600000001", "scenario": "rental", "code": "DEMO-POWERBANK", "title": "免押租充电宝",
     "summary": "信用等级 A 及以上，免 99 元押金租充电宝。", "value_fen": 9900,
     "terms": {"min_grade": "A", "item": "power_bank", "deposit_ceiling_fen": 9900, "max_days": 7}},
    {"mchid": "1600000001", "scenario": "rental", "code": "DEMO-UMBRELLA", "title": "免押借雨伞",
     "summary": "信用等级 B 及以上，免 30 元押金借雨伞，限 1000 份。", "value_fen": 3000, "quota_total": 1000,
     "terms": {"min_grade": "B", "item": "umbrella", "deposit_ceiling_fen": 3000, "max_days": 15}},
    {"mchid": "1600000002", "scenario": "volunteer", "code": "DEMO-YOUTH-COFFEE", "title": "优秀青年志愿者咖啡礼遇",
     "summary": "列入优秀青年志愿者名单者，凭码免费领取一杯咖啡。", "value_fen": 1800,
     "terms": {"by": "outstanding", "benefit": "free"}},
    {"mchid": "1600000002", "scenario": "volunteer", "code": "DEMO-STAR-BOOKS", "title": "星级志愿者购书八折",
     "summary": "一星及以上志愿者购书八折。", "value_fen": 2000,
     "terms": {"by": "stars", "min_stars": 1, "benefit": "discount", "pay_percent": 80}},
    {"mchid": "1600000003", "scenario": "fast_track", "code": "DEMO-FAST-TRACK", "title": "个体工商户登记容缺受理",
     "summary": "信用等级 A 及以上或优秀青年志愿者，缺次要材料可先受理、后补齐。", "value_fen": 0,
     "terms": {"min_grade": "A", "accept_outstanding": True, "matters": ["个体工商户设立登记"],
               "required_documents": ["登记申请书"], "deferrable_documents": ["经营场所使用证明"],
               "template_version": "2026-1"}},
)
HOURS = {"liu": 650, "lin": 120, "ji": 320}  # confirmed hours of these people of the sandbox


@demo_cli.command("load")
@click.option("--people", type=click.Path(path_type=Path), default=ROOT / "sandbox" / "people.toml",
              help="The sandbox's people.")
def load(people: Path) -> None:
    """Make what is missing, and write VAR_DIR/demo.json."""
    if settings().production:
        raise click.ClickException("demo data is for development only")
    folder = Path(settings().VAR_DIR) / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    cast = tomllib.loads(people.read_text(encoding="utf-8"))
    kept = demo_staff.opened(folder / "staff.json")
    shops = [_merchant(told, folder, kept) for told in MERCHANTS]
    staff = demo_staff.staff(kept)
    _write(kept.file, kept.told)
    _volunteers(cast)
    league = demo_league.volunteers()
    demo_certificates.county(demo_league.scope("east.hours"))
    _write(Path(settings().VAR_DIR) / "demo.json", {
        "base_url": settings().PUBLIC_BASE_URL,
        "sandbox_url": f"http://127.0.0.1:{settings().SANDBOX_PORT}",
        "people": [{"key": key, **{name: told[name] for name in ("name", "id_number", "grade", "note")}}
                   for key, told in cast.items()],
        "staff": staff,
        "volunteers": league,
        "merchants": shops,
        "platform_public_key": _answers_key(folder),
    })
    click.echo("demo data is there")


def _merchant(told: dict[str, Any], folder: Path, kept: demo_staff.Kept) -> dict[str, Any]:
    key_file = folder / f"{told['mchid']}.pem"
    key = _private_key(key_file)
    merchant = merchants.by_mchid(told["mchid"])
    if merchant is None:
        merchant = enrolling.enrol(
            enrolling.NewMerchant(**{name: told[name] for name in ("name", "uscc", "kind", "mchid", "appid")}))
        for store in told["stores"]:
            enrolling.add_store(merchant.id, *store)
    if merchants.live_key(merchant.id, told["serial_no"]) is None:
        public = key.public_key().public_bytes(serialization.Encoding.PEM,
                                               serialization.PublicFormat.SubjectPublicKeyInfo)
        keeping_keys.add(merchant.id, public.decode(), told["serial_no"])
    made = [_offer(offer) for offer in OFFERS if offer["mchid"] == told["mchid"]]
    return {"mchid": merchant.mchid, "appid": merchant.appid, "name": merchant.name, "uscc": merchant.uscc,
            "serial_no": told["serial_no"], "private_key_file": str(key_file.absolute()),
            "apiv3_key": enrolling.apiv3_key(merchant), "offers": made, **_people(kept, merchant.id, merchant.mchid)}


def _people(kept: demo_staff.Kept, merchant_id: uuid.UUID, mchid: str) -> dict[str, Any]:
    store = merchants.stores(merchant_id)[0]
    return demo_staff.people(kept, mchid, merchant_id, (store.id, store.code))


def _offer(told: dict[str, Any]) -> dict[str, Any]:
    offer = benefits.offer_by_code(told["code"])
    if offer is None:
        opens = clock.now() - timedelta(days=1)
        offer = offers.make({**told, "region": "360000", "opens_at": clock.rfc3339(opens),
                             "closes_at": clock.rfc3339(opens + timedelta(days=366)), "valid_days": 30})
    return {"offer_id": str(offer.id), "service_id": offer.service_id, "scenario": offer.scenario,
            "title": offer.title}


def _volunteers(cast: dict[str, Any]) -> None:
    for key, amount in HOURS.items():
        person = cast.get(key)
        if person is None or volunteers.by_identity_index(identity_index(person["id_number"])) is not None:
            continue
        volunteer = registering.register(person["name"], person["id_number"], "360100")
        hours.add(volunteer.id, activity="社区志愿服务（示例）", served_on=clock.today() - timedelta(days=30),
                  minutes=amount * 60, source="demo")


def _private_key(file: Path) -> rsa.RSAPrivateKey:
    if not file.exists():
        key = rsa.generate_private_key(65537, 2048)
        _write_private(file, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                               serialization.NoEncryption()))
    loaded = serialization.load_pem_private_key(file.read_bytes(), None)
    assert isinstance(loaded, rsa.RSAPrivateKey)  # noqa: S101 (we wrote it ourselves)
    return loaded


def _answers_key(folder: Path) -> dict[str, str]:
    """The public key with which merchants check our answers."""
    answers = keyring().answers
    file = folder / f"{answers.current}.pem"
    file.write_bytes(answers.now.public_key().public_bytes(serialization.Encoding.PEM,
                                                           serialization.PublicFormat.SubjectPublicKeyInfo))
    return {"id": answers.current, "file": str(file.absolute())}


def _write(file: Path, told: dict[str, Any]) -> None:
    """At once or not at all, for those who wait for the file."""
    new = file.with_suffix(".new")
    _write_private(new, json.dumps(told, ensure_ascii=False, indent=1).encode())
    new.replace(file)


def _write_private(file: Path, content: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
        handle.write(content)
