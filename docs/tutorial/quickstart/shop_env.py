"""Print what a merchant needs to know as shell variables.

    .venv/bin/python docs/tutorial/quickstart/shop_env.py > shop.env              # the demo shop of `make run`
    .venv/bin/python docs/tutorial/quickstart/shop_env.py shop.json > shop.env    # a sandbox merchant of one's own

shop.json is what the console's page 沙箱商户 shows whole, or what `flask benefits sandbox-merchant` prints; its keys
are written beside it. A real merchant writes the same lines by hand: the private key never leaves the shop.
"""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

DEMO = json.loads((Path(os.environ.get("VAR_DIR", "var")) / "demo.json").read_text(encoding="utf-8"))


def demo() -> dict[str, str]:
    shop, ours = DEMO["merchants"][0], DEMO["platform_public_key"]
    return lines(shop, shop["private_key_file"], ours["file"], ours["id"], shop["offers"][0]["service_id"])


def sandbox(file: Path) -> dict[str, str]:
    shop = json.loads(file.read_text("utf-8"))
    key, ours = file.with_suffix(".key.pem").absolute(), file.with_suffix(".platform.pem").absolute()
    key.touch(0o600)
    key.write_text(shop["private_key"], "utf-8")
    ours.write_text(shop["our_public_key"], "utf-8")
    return lines(shop, str(key), str(ours), shop["our_key_id"], shop["services"]["rental"])


def lines(shop: dict[str, Any], key: str, ours: str, ours_id: str, service: str) -> dict[str, str]:
    return {"XINYI_HOST": DEMO["base_url"], "SANDBOX": DEMO["sandbox_url"], "MCHID": shop["mchid"],
            "APPID": shop["appid"], "SERIAL_NO": shop["serial_no"], "PRIVATE_KEY": key, "APIV3_KEY": shop["apiv3_key"],
            "PLATFORM_KEY": ours, "PLATFORM_KEY_ID": ours_id, "SERVICE_ID": service}


if __name__ == "__main__":
    told = sandbox(Path(sys.argv[1])) if len(sys.argv) > 1 else demo()
    for name, value in told.items():
        print(f"export {name}={shlex.quote(value)}")
