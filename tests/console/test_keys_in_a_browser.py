"""A manager's keys in a real Chromium: a pair is made in the page, its private half never leaves it, and what it signs
is taken at the merchants' doors.

What it is there to see (not tried by breaking): the private PEM in the form (the bytes that left are searched), `spki`
of another key registered (401), a revocation that leaves the key live (200).
"""

import base64
import http.client
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from tests.console.watching import DESK, Watched, log_in, serious, watching
from tests.stack import Stack

PATH = "/v3/xinyi/redemptions/NOT-THERE"


def test_a_key_made_in_the_page_signs_a_real_call(stack: Stack, browser: Any, tmp_path: Any) -> None:
    """Made, saved, registered, used, revoked, refused."""
    shop = stack.demo["merchants"][0]
    with watching(browser, stack, DESK) as there:
        log_in(there, shop["manager"])
        page, sent = there.page, []
        page.on("request", lambda request: sent.append(request.post_data_buffer or b""))
        private = made(there, tmp_path)
        page.check("#f-saved")
        page.click("[data-register] button")
        page.wait_for_selector("[data-toast]")
        serial = page.inner_text("[data-toast]").split("序列号 ")[1][:40]
        assert not any(b"PRIVATE" in body or private[100:160] in body for body in sent)
        there.picture("keys-desk")
        assert asked(stack, shop["mchid"], serial, private) == 404, "taken; and there is no such redemption"
        page.click(f'a[href$="{serial}/revoke"]')
        page.click("button.btn-danger")
        page.wait_for_selector("text=公钥已吊销")
        assert asked(stack, shop["mchid"], serial, private) == 401
        there.quiet()


def made(there: Watched, folder: Any) -> bytes:
    """The private PEM, as the browser saves it."""
    there.go("/console/merchant/keys/make")
    there.page.click("[data-generate]")
    there.page.wait_for_selector("[data-made] textarea")
    assert serious(there) == []
    there.fits()
    with there.page.expect_download() as saved:
        there.page.click("[data-download]")
    saved.value.save_as(folder / "private.pem")
    return bytes((folder / "private.pem").read_bytes())


def asked(stack: Stack, mchid: str, serial: str, private: bytes) -> int:
    """The status of a signed call, signed by nothing of ours."""
    key: Any = serialization.load_pem_private_key(private, None)
    assert key.key_size == 2048
    stamp, nonce = str(int(time.time())), secrets.token_hex(16)
    text = f"GET\n{PATH}\n{stamp}\n{nonce}\n\n".encode()
    signature = base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
    at = urlsplit(stack.base_url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=10)
    connection.request("GET", PATH, headers={"Authorization": (
        f'WECHATPAY2-SHA256-RSA2048 mchid="{mchid}",nonce_str="{nonce}",signature="{signature}",'
        f'timestamp="{stamp}",serial_no="{serial}"'), "Accept": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return status


def test_an_apiv3_key_is_made_in_the_page(stack: Stack, browser: Any) -> None:
    """32 letters and digits, another each time; nothing is sent before the form is."""
    with watching(browser, stack, DESK) as there:
        log_in(there, stack.demo["merchants"][1]["manager"])
        there.go("/console/merchant/keys/apiv3")
        found = set()
        for _ in range(2):
            there.page.click("[data-fill]")
            found.add(there.page.input_value("#f-key"))
        assert len(found) == 2
        assert all(len(each) == 32 and each.isalnum() and each.isascii() for each in found)
        there.quiet()
