"""One POST to a merchant: five seconds for all of it, nothing followed, the first bytes of the answer read."""

import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

from app.gateways.merchants import addresses
from app.gateways.merchants.addresses import AddressRefused, Resolver, Unresolved
from app.gateways.transport import Limits, NoReply, Peer, once
from app.kernel.db import refuse_inside_transaction

LIMITS = Limits(connect_s=3.0, read_s=5.0, whole_s=5.0, max_bytes=2048)
HEAD = 512  # characters of an answer that are kept
# what people might be found by, in case a merchant echoes their own data at us
NUMBERS = re.compile(r"\d{11,}[Xx]?")
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")


@dataclass(frozen=True)
class Answer:
    """What the merchant said: status, and the head of the body as plain text."""

    status: int
    head: str


class NotSent(Exception):
    """No answer. `failure`: ADDRESS_REFUSED, UNRESOLVED, CONNECTION, TLS, TIMEOUT, BROKEN."""

    def __init__(self, failure: str) -> None:
        super().__init__(failure)
        self.failure = failure


class MerchantClient:
    """Thread-safe; holds no connection: merchants are many, and each is called now and then."""

    def __init__(self, *, anywhere: bool = False, ca_file: str | None = None,
                 resolver: Resolver = addresses.resolve, limits: Limits = LIMITS) -> None:
        self._anywhere, self._resolver, self._limits = anywhere, resolver, limits
        self._tls = ssl.create_default_context(cafile=ca_file)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The name is resolved once, what it resolved to is checked, and just that is connected to, with the
        name for TLS and Host. Raises NotSent.
        """
        refuse_inside_transaction()
        deadline = time.monotonic() + self._limits.whole_s
        try:
            target = addresses.read(url, anywhere=self._anywhere)
            found = addresses.within(self._limits.connect_s, self._resolver, target.host, target.port)
            address = addresses.checked(found, anywhere=self._anywhere)
            peer = Peer(target.host, target.port, self._tls if target.tls else None, address)
            reply = once(peer, target.path, headers, body, self._limits, deadline)
        except AddressRefused:
            raise NotSent("ADDRESS_REFUSED") from None
        except Unresolved:
            raise NotSent("UNRESOLVED") from None
        except NoReply as none:
            raise NotSent("TLS" if none.why.startswith("SSL") else none.kind.upper()) from None
        return Answer(reply.status, head_of(reply.body))


def head_of(body: bytes) -> str:
    """The first characters as text that may be kept and shown: no control characters, no long numbers."""
    text = UNSEEN.sub(" ", body.decode("utf-8", "replace"))
    return NUMBERS.sub("***", text)[:HEAD].strip()
