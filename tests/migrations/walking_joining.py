"""Somebody asks to join, with a paper; a merchant's draft goes for review: what migrations have to carry."""

from flask import Flask

from app.benefits import offers, reviewing
from app.kernel import clock
from app.merchants import joining, uscc
from tests.contract.scene import PDF, Scene

FIRST = "91360100MADEWK001"


def walk(app: Flask, scene: Scene) -> None:
    """Both wait for an operator."""
    with app.app_context():
        joining.apply(joining.NewApplication(
            "示例便利店", FIRST + uscc.check_character(FIRST), "merchant", "360100", "免押金租借雨伞",
            joining.Contact("示例联系人", "19900008888"), {"licence": PDF}), "198.51.100.8")
        told = offers.as_told(reviewing.get(scene.voucher.id).code)
        kept = {name: value for name, value in told.items() if name not in reviewing.NOT_TOLD}
        opens = clock.day_start(clock.today())
        made = reviewing.draft(scene.shop.merchant_id, told["scenario"], {
            **kept, "opens_at": clock.rfc3339(opens), "closes_at": clock.rfc3339(clock.day_end(clock.today()))},
            actor="merchant:walker")
        reviewing.submit(scene.shop.merchant_id, made.id, actor="merchant:walker")
