"""Walk one benefit's whole way over HTTP, against a running `make run`.

    .venv/bin/python docs/tutorial/walk.py [PERSON] [TITLE]      e.g. lin 免押租充电宝, liu 优秀青年志愿者咖啡礼遇

Prints each step as it happens: log-in, real name, consents, grade, decision, claim, code, the merchant's
verification and redemption (and an order's completion), the receipt, and who looked.
"""

import base64
import json
import os
import secrets
import sys
import time
from pathlib import Path

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

DEMO = json.loads((Path(os.environ.get("VAR_DIR", "var")) / "demo.json").read_text(encoding="utf-8"))
API, SANDBOX = DEMO["base_url"], DEMO["sandbox_url"]
WAIT_S = 30


def told(step: str, answer: requests.Response) -> dict:
    body = answer.json() if answer.content else {}
    print(f"\n== {step}: {answer.status_code}")
    print(json.dumps({name: value for name, value in body.items() if name not in SILENT}, ensure_ascii=False, indent=1))
    return body


SILENT = {"access_token", "refresh_token", "qr", "text", "missing_consents", "ordinary_way"}


def citizen(key: str) -> requests.Session:
    """Log in by a code of wx.login, which the sandbox gives out, and prove the name."""
    person = next(person for person in DEMO["people"] if person["key"] == key)
    code = requests.post(f"{SANDBOX}/_control/wechat/codes", json={"person": key}, timeout=30).json()["js_code"]
    session = told("log-in", requests.post(f"{API}/api/v1/sessions", json={"js_code": code}, timeout=30))
    me = requests.Session()
    me.headers["Authorization"] = f"Bearer {session['access_token']}"
    told("real name", me.put(f"{API}/api/v1/me/identity",
                             json={"name": person["name"], "id_number": person["id_number"]}))
    return me


def merchant_call(merchant: dict, method: str, path: str, body: dict | None = None) -> requests.Response:
    """A request signed as WeChat Pay's API v3 wants it (protocol of the merchants, section 1)."""
    raw = json.dumps(body).encode() if body is not None else b""
    stamp, nonce = str(int(time.time())), secrets.token_hex(16)
    text = f"{method}\n{path}\n{stamp}\n{nonce}\n".encode() + raw + b"\n"
    key = serialization.load_pem_private_key(Path(merchant["private_key_file"]).read_bytes(), None)
    signature = base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
    parts = {"mchid": merchant["mchid"], "nonce_str": nonce, "signature": signature, "timestamp": stamp,
             "serial_no": merchant["serial_no"]}
    signed = "WECHATPAY2-SHA256-RSA2048 " + ",".join(f'{name}="{value}"' for name, value in parts.items())
    return requests.request(method, API + path, data=raw, timeout=30,
                            headers={"Authorization": signed, "Content-Type": "application/json"})


def main(key: str, title: str) -> None:
    merchant, offer = next((merchant, offer) for merchant in DEMO["merchants"] for offer in merchant["offers"]
                           if offer["title"] == title)
    me, url = citizen(key), f"{API}/api/v1/offers/{offer['offer_id']}"
    for need in me.get(url).json()["needs"]["consents"]:
        told(f"consent {need['scope']}", me.post(f"{API}/api/v1/consents", json={
            "offer_id": offer["offer_id"], **{name: need[name] for name in ("scope", "text_version", "text_digest")}}))
    told("grade", me.get(f"{API}/api/v1/me/credit-grade"))
    told("may I?", me.post(f"{url}/decisions"))
    claimed = me.post(f"{url}/claims", json={}, headers={"Idempotency-Key": secrets.token_hex(16)})
    entitlement = told("claim", claimed)
    if claimed.status_code != 201:
        return
    shown = told("code", me.post(f"{API}/api/v1/entitlements/{entitlement['id']}/presentations", json={}))
    told("merchant verifies", merchant_call(merchant, "POST", "/v3/xinyi/verifications",
                                            {"presentation": shown["code"]}))
    number = f"WALK{secrets.token_hex(8)}"
    told("merchant redeems", merchant_call(merchant, "POST", "/v3/xinyi/redemptions", {
        "out_redemption_no": number, "presentation": shown["code"], "service_id": offer["service_id"]}))
    if entitlement["kind"] == "order":
        told("merchant has it back", merchant_call(merchant, "POST", f"/v3/xinyi/redemptions/{number}/completion",
                                                   {"total_amount": 300}))
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until and not all(
            use["receipt_no"] for use in me.get(f"{API}/api/v1/usages").json()["items"]):
        time.sleep(0.5)
    told("my uses and the platform's receipts", me.get(f"{API}/api/v1/usages"))
    told("who looked", me.get(f"{API}/api/v1/me/access-log"))


if __name__ == "__main__":
    main(*(sys.argv[1:] if len(sys.argv) == 3 else ("lin", "免押租充电宝")))
