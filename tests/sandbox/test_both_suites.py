"""One whole way in each suite: paper, look, report, usage, day, push.

Break that makes this fail: a fixed suite anywhere behind the gate, e.g. SHA-256 in `reconciling.totals`.
"""

import base64
import secrets
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.signing import SUITES
from tests.sandbox.caller import Caller, record
from tests.sandbox.conftest import Played


def today() -> str:
    """The Shanghai day of this moment, not of the collection."""
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))



@pytest.mark.parametrize("suite", list(SUITES))
def test_a_benefit_s_way(play: Played, lin: dict[str, Any], tmp_path: Path, suite: str) -> None:
    caller = Caller(play.port, tmp_path / "sandbox" / "keys", suite)
    paper = caller.authorize(lin)
    assert (paper.status, paper.valid, paper.headers["x-suite"]) == (201, True, suite)
    number = paper.json["authorization_id"]
    assert caller.ask(number, lin).json["grade"] == "A"
    nonce = secrets.token_hex(8)
    question = {"authorization_id": number, "subject": caller.subject(lin, nonce), "scenario": "rental"}
    question |= {"purpose": "为办理信易+守信激励权益查询本人信用等级", "operator": "system"}
    report = caller.call("POST", "/credit-reports", question, nonce=nonce).json
    assert base64.b64decode(caller.unseal(report["pdf"], nonce)).startswith(b"%PDF")
    one = record(number)
    caller.call("POST", "/benefit-usages/batches", {"batch_no": "B1", "records": [one]})
    day = caller.call("GET", f"/benefit-usages/reconciliations/{today()}").json
    assert (day["count"], day["digest"]) == (1, SUITES[suite].digest(one["record_no"].encode()))
    assert play.world.client_suite == suite
    assert play.breaches() == []


def test_the_suites_do_not_open_each_other_s_seals(play: Played, lin: dict[str, Any], tmp_path: Path) -> None:
    other, nonce = Caller(play.port, tmp_path / "sandbox" / "keys", "SM2-SM3"), secrets.token_hex(8)
    answer = play.caller.call("POST", "/identities/verifications", {"subject": other.subject(lin, nonce)}, nonce=nonce)
    assert answer.code == "BAD_SEAL"
