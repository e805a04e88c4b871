"""What the QR says and what opens the widget: the check's number, and a keyed digest of it. Neither is kept anywhere.

A code is good for scanning, a token for reading on: who has one can't make the other.
"""

import base64
import hashlib
import hmac
import re
import secrets

from app.kernel.sealing import keyring

NUMBER = r"K[A-Z2-7]{16}"  # 80 random bits
CODE = re.compile(rf"({NUMBER})([A-Z2-7]{{12}})")
TOKEN = re.compile(rf"([0-9]{{8,10}})\.({NUMBER})\.([A-Z2-7]{{32}})")


def new_number() -> str:
    return "K" + base64.b32encode(secrets.token_bytes(10)).decode()


def code_of(check_no: str) -> str:
    """29 characters: few enough for a mini-program's `scene` (32)."""
    return check_no + _proof(keyring().presentation.now, "code", check_no)[:12]


def read_code(code: str) -> str | None:
    """The number of the check that this code is for; None for one that isn't of our making."""
    found = CODE.fullmatch(code)
    return found[1] if found and _proves("code", found[1], found[2]) else None


def token_of(mchid: str, check_no: str) -> str:
    """`<mchid>.<check_no>.<proof>`: the body's number is in it so that a page knows whose widget to frame."""
    return f"{mchid}.{check_no}." + _proof(keyring().presentation.now, "token", f"{mchid}.{check_no}")[:32]


def read_token(token: str) -> tuple[str, str] | None:
    """(mchid, check_no); None for one that isn't of our making."""
    found = TOKEN.fullmatch(token)
    return (found[1], found[2]) if found and _proves("token", f"{found[1]}.{found[2]}", found[3]) else None


def _proves(kind: str, said: str, proof: str) -> bool:
    return any(hmac.compare_digest(_proof(key, kind, said)[:len(proof)], proof)
               for key in keyring().presentation.by_id.values())


def _proof(key: bytes, kind: str, said: str) -> str:
    return base64.b32encode(hmac.new(key, f"check.{kind}|{said}".encode(), hashlib.sha256).digest()).decode()
