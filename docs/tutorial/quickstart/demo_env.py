"""Print what a merchant needs to know as shell variables, out of the demo data of `make run`.

    .venv/bin/python docs/tutorial/quickstart/demo_env.py [MCHID] > shop.env && . ./shop.env

A real merchant writes the same lines by hand: the numbers are in the console, the private key never leaves the shop.
"""

import json
import os
import shlex
import sys
from pathlib import Path

DEMO = json.loads((Path(os.environ.get("VAR_DIR", "var")) / "demo.json").read_text(encoding="utf-8"))


def lines(mchid: str) -> dict[str, str]:
    shop = next(each for each in DEMO["merchants"] if each["mchid"] == mchid)
    ours = DEMO["platform_public_key"]
    return {"XINYI_HOST": DEMO["base_url"], "SANDBOX": DEMO["sandbox_url"], "MCHID": shop["mchid"],
            "APPID": shop["appid"], "SERIAL_NO": shop["serial_no"], "PRIVATE_KEY": shop["private_key_file"],
            "APIV3_KEY": shop["apiv3_key"], "PLATFORM_KEY": ours["file"], "PLATFORM_KEY_ID": ours["id"],
            "SERVICE_ID": shop["offers"][0]["service_id"]}


if __name__ == "__main__":
    for name, value in lines(sys.argv[1] if len(sys.argv) > 1 else DEMO["merchants"][0]["mchid"]).items():
        print(f"export {name}={shlex.quote(value)}")
