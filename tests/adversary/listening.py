"""Everything that a merchant is answered, kept, and looked through for what is the citizen's alone."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from app.benefits.deciding import BUILT_IN
from app.credit import scale
from app.scenario.access import scenarios
from tests.proofs import marked

OPENID = "wxopenid"  # of every made-up citizen's WeChat, where nobody but us and WeChat may know it
OFFERS = "/console/merchant/offers/"  # a merchant's own terms: from which grade on is its own word
KEYS = {"grade", "grades", "level", "score", "credit_grade", "user_risk_level", "risk_level", "reasons", "unmet",
        "decision", "decision_id", "citizen_id", "id_number", "phone", "restricted", "red_lists"}
LETTER = re.compile(r'(?<=[>",])\s*(AAA|AA|A|B|C|D|NONE)\s*(?=[<",])')


@dataclass(frozen=True)
class Heard:
    """One answer, or one notification: where, its headers, its bytes."""

    place: str
    head: str
    body: bytes


class Kept(list[Heard]):
    """`listen(client)`: from now on every answer to this client of Flask's is kept."""

    def listen(self, client: Any) -> Any:
        opened = client.open

        def keeping(path: str, **more: Any) -> Any:
            answer = opened(path, **more)
            self.append(Heard(f"{more.get('method', 'GET')} {path}", str(answer.headers), answer.data))
            return answer

        client.open = keeping
        return client


class Listener:
    """`ids`: of citizens, by which two merchants could join their books."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = [form for each in ids for form in (each, each.replace("-", ""))]
        words = [word for each in scenarios().values() for word in each.manifest.words.items()]
        self.reasons = {text for code, word in [*words, *BUILT_IN.items()]
                        for text in (code.upper(), code if "_" in code else word.message, word.message, word.how)}
        self.labels = set(scale.labels().values())

    def found(self, heard: Heard) -> Iterator[str]:
        """What stands there that shouldn't."""
        text = heard.body.decode("utf-8", "replace")
        spelt = json.dumps(json.loads(text), ensure_ascii=False) if text[:1] in "{[" else text
        whole = f"{heard.head}\n{spelt}"
        yield from (each.what for each in marked.find(heard.head.encode() + heard.body, heard.place))
        yield from (f"reason: {each}" for each in self.reasons if each in whole)
        yield from ("citizen's own number" for each in self.ids if each in whole)
        if OPENID in whole:
            yield "openid"
        if OFFERS not in heard.place:
            yield from (f"grade: {each}" for each in self.labels if each in whole)
            yield from (f"grade: {each}" for each in LETTER.findall(spelt))
        if text[:1] in "{[":
            yield from (f"member: {each}" for each in members(json.loads(text)) if each in KEYS)


def members(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        for name, value in told.items():
            yield name
            yield from members(value)
    if isinstance(told, list):
        for each in told:
            yield from members(each)
