"""信易租 by a service order: the public SDK against the running system, its host changed and nothing else."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from wechatpayv3 import WeChatPay, WeChatPayType

from tests.journeys.walker import no, yes
from tests.journeys.world import RENTAL, World

TITLE = "免押租充电宝"


def sdk_of(world: World, notify_url: str) -> Any:
    """The demo shop's system, out of demo.json alone."""
    told, ours = world.demo["merchants"][RENTAL], world.demo["platform_public_key"]
    made = WeChatPay(WeChatPayType.MINIPROG, told["mchid"], Path(told["private_key_file"]).read_text("utf-8"),
                     told["serial_no"], told["appid"], told["apiv3_key"], notify_url=notify_url, timeout=(5, 20),
                     public_key=Path(ours["file"]).read_text("utf-8"), public_key_id=ours["id"])
    made._core._gate_way = world.stack.base_url
    return made


@contextmanager
def listening() -> Iterator[tuple[str, list[dict[str, Any]], dict[str, Any]]]:
    """A shop's notify_url: (address, what came and could be checked and opened, {"sdk": by whom})."""
    came: list[dict[str, Any]] = []
    by: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told = by["sdk"].callback(self.headers, body)  # None where the signature is wrong
            if told:
                came.append(told)
            self.send_response(204 if told else 401)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/notify", came, by
    server.shutdown()


def good(answer: tuple[int, str]) -> dict[str, Any]:
    assert answer[0] == 200, answer[1]
    told: dict[str, Any] = json.loads(answer[1])
    return told


def test_a_power_bank_by_a_service_order(world: World) -> None:
    """Fails where any step of the way is broken, from the consent to the receipt and the notifications' order."""
    lin, offer, out = world.citizen(world.newcomer(grade="A")), world.offer(TITLE), f"SO-{uuid.uuid4().hex[:20]}"
    service = offer["service_id"]
    with listening() as (address, came, by):
        sdk = by["sdk"] = sdk_of(world, address)
        order = good(sdk.payscore_create(out, service, "租充电宝", {"start_time": "OnAccept"},
                                         {"name": "DEPOSIT", "amount": 9900}))
        path = f"/orders/{order['package']}"
        assert no(lin.post(f"{path}/confirmation"), 403, "CONSENT_REQUIRED")["missing_consents"]
        assert world.asked_about(lin.person) == [], "no look without consent"
        lin.agree(offer["offer_id"])
        assert yes(lin.post(f"{path}/confirmation"))["state"] == "DOING"
        due = good(sdk.payscore_complete(out, service, [{"name": "租金", "amount": 300}], 300))
        assert (due["state_description"], due["collection"]["state"]) == ("MCH_COMPLETE", "USER_PAYING")
        good(sdk.payscore_pay(out, service))
        paid_time = f"{datetime.now(UTC) + timedelta(hours=8):%Y%m%d%H%M%S}"
        done = good(sdk.payscore_sync(out, service, detail={"paid_time": paid_time}))
        assert done["state"] == "DONE"
        usages = world.receipts(lin, 1)
        world.held(usages)
        assert (usages[0]["outcome"], usages[0]["waived_fen"]) == ("fulfilled", 9900)
        world.stack.wait_until(lambda: len(came) >= 2, 60)
    assert [each["event_type"] for each in came] == ["PAYSCORE.USER_CONFIRM", "PAYSCORE.USER_PAID"]
    assert came[1]["resource"] == done
    assert came[0]["resource"]["openid"] == done["openid"] != lin.citizen_id
    assert len(lin.looks_of("order.open")) == 1
    assert lin.person.name not in json.dumps(came, ensure_ascii=False)
