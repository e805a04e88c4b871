"""An initiative from its issue to a month fed back, an entry on the red list, an origin that may frame the widget."""

from datetime import timedelta

from flask import Flask

from app.checks import origins
from app.feedback import feeding_back, initiatives, responding, warning
from app.kernel import clock
from app.outbox import sending as outbox
from app.volunteers.red_list import sharing as red_list
from tests.cast import LIU
from tests.contract.scene import Scene
from tests.sandbox_process import Sandbox


def walk(app: Flask, sandbox: Sandbox, scene: Scene) -> None:
    """Each table of it is left with rows."""
    today, soon = clock.today(), clock.rfc3339(clock.now() + timedelta(hours=20))
    for number in ("I-WALK-1", "I-WALK-2"):
        sandbox.control("POST", "/platform/initiatives", {"initiative_no": number, "respond_by": soon})
    with app.app_context():
        initiatives.poll(at_once=True)
        assert warning.run_due() == 2
        offer = responding.offer_from("I-WALK-1", {"code": "WALK"}, "operator:walker", like=scene.voucher.code)
        responding.accept("I-WALK-1", [offer.code], "operator:walker")
        while outbox.drain():
            continue
        feeding_back.feed_back("I-WALK-1", f"{today:%Y-%m}")
        entry = red_list.NewEntry("WALK-1", LIU.name, LIU.id_number, "共青团江西省委员会", "赣青发〔2026〕1号",
                                  today, today, today, today)
        red_list.list_entry(entry, "operator:walker")
        origins.allow(scene.body.merchant_id, "https://sp.example.gov.cn")
