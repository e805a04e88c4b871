"""Demo data and benefits walked to their receipts, so that no table is empty when it goes."""

import io
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import Client

from app.appeals import opening, stating
from app.benefits import usage_queries
from app.kernel.db import session, transaction
from app.notifications import putting
from app.notifications import sending as notifications
from app.trail import sealing
from tests.contract.scene import PDF, Scene
from tests.contract.signers import EVENTS, SIGN, Signing
from tests.merchant_api.till import Till
from tests.migrations import (
    walking_certificates,
    walking_feedback,
    walking_hours,
    walking_imports,
    walking_initiatives,
    walking_joining,
    walking_keys,
    walking_league,
    walking_nominations,
    walking_registering,
    walking_staff,
)
from tests.sandbox_process import Sandbox


def walk(app: Flask, sandbox: Sandbox, till_of: Callable[..., Till], keys: Path) -> None:
    """All of it, in the order in which it happens."""
    loaded = app.test_cli_runner().invoke(args=["demo", "load"])
    assert loaded.exit_code == 0, loaded.output
    walking_staff.walk(app)
    walking_league.walk(app)
    walking_certificates.walk(app)
    walking_hours.walk(app)
    sandbox.control("POST", "/reset", {"authorizations": True})
    scene = Scene(app, sandbox, till_of(1), till_of(3, "public_body"))
    citizen(app, scene)
    merchant(scene)
    disputed(app, scene)
    walking_keys.walk(app, scene)
    walking_joining.walk(app, scene)
    walking_registering.walk(app)
    walking_imports.walk(app)
    walking_nominations.walk(app)
    walking_initiatives.walk(app, sandbox, scene)
    notified(app, scene)
    event = scene.bodies()["platform_api_event"]()
    signing = Signing(app, scene.shop, scene.body, keys)
    good(Client(signing).post(EVENTS, json=event, headers={"X-Signature": SIGN}))
    walking_feedback.walk(app, sandbox)
    with app.app_context():
        assert sealing.seal_pending() > 0


def citizen(app: Flask, scene: Scene) -> None:
    """Objects, hands in a document, signs an undertaking."""
    who = {"Authorization": f"Bearer {scene.token}"}
    me: dict[str, Any] = {"headers": who}
    client, mine = app.test_client(), f"/api/v1/applications/{scene.application.id}"
    keyed = {**who, "Idempotency-Key": secrets.token_hex(8)}
    good(client.post("/api/v1/appeals", json={"about": {"kind": "grade"}, "text": "请复核"}, headers=keyed))
    template = good(client.get(mine, **me))["template"]
    signed = {name: template[name] for name in ("template_version", "digest")}
    good(client.post(f"{mine}/commitment", json=signed, **me))
    good(client.post(f"{mine}/documents", data={"name": "登记申请书", "file": _file()}, **me))


def merchant(scene: Scene) -> None:
    """Looks at a code, and takes back what was lent; the public body takes an application in."""
    good(scene.shop.post("/v3/xinyi/verifications", scene.bodies()["merchant_api_verification"]()))
    good(scene.shop.post(f"/v3/xinyi/redemptions/{scene.redeemed}/completion", {"total_amount": 0}))
    good(scene.body.post(f"/v3/xinyi/applications/{scene.sent.entitlement_no}/acceptance", {}))


def disputed(app: Flask, scene: Scene) -> None:
    """The citizen objects to a use, and the shop says what happened."""
    with app.app_context():
        used = session().scalars(usage_queries.of_citizen(scene.liu.id)[0]).first()
        with transaction():
            appeal = opening.put_down(scene.liu, opening.Objection("usage", used.usage_no, "没有用过"),
                                      opening.Clocks(1, 5, 24), "pass")
        stating.state(scene.shop.merchant_id, appeal.appeal_no, "当日当面交付。", "merchant:walk")


def notified(app: Flask, scene: Scene) -> None:
    """The shop is told something, at an address where nobody is."""
    with app.app_context():
        with transaction():
            putting.notify(scene.shop.merchant_id, "PAYSCORE.USER_CONFIRM", "W-1", {"out_order_no": "W-1"},
                           original_type="payscore", notify_url="http://127.0.0.1:9/", summary="示例")
        assert notifications.drain() > 0


def good(answer: Any) -> Any:
    assert answer.status_code in {200, 201}, answer.text
    return answer.json


def _file() -> tuple[Any, str, str]:
    return io.BytesIO(PDF), "登记申请书.pdf", "application/pdf"
