"""A key of ours that came after the keyring's, and a proof that it signed."""

from datetime import timedelta

from flask import Flask

from app.benefits import presenting
from app.kernel import clock
from app.merchants import rotating
from tests.contract.scene import Scene


def walk(app: Flask, scene: Scene) -> None:
    """Rotated; a proof is shown, used without network, and sent in."""
    with app.app_context():
        rotating.rotate(rotating.PROOFS, timedelta(0), "operator")
        held = scene._claimed(scene.voucher)
        proof = presenting.present_offline(held.citizen_id, held.id).code
    told = {"out_redemption_no": "OFFLINE-1", "service_id": scene.voucher.service_id, "proof": proof,
            "redeemed_at": clock.rfc3339(clock.now())}
    answer = scene.shop.post("/v3/xinyi/redemptions", told)
    assert answer.status_code == 200, answer.text
