"""The whole way in suite SM2-SM3: the same application, another setting, and the platform notes no breach.

Fails where anything of ours names a suite, or a digest is taken outside of it. Breaks that were tried: the day's digest
in SHA-256 whatever the suite, the answers to pushes signed by ES256.
"""

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.feedback import sending
from app.gateways import health
from app.gateways.access import platform
from app.gateways.platform.cli import platform_cli
from app.kernel import clock, sm2
from app.kernel.db import db as database
from app.outbox import sending as outbox
from tests.feedback import ground
from tests.sandbox_process import Sandbox
from tests.serving import serving


@pytest.fixture
def in_sm2(app: Any, environ: dict[str, str], sandbox: Sandbox) -> Iterator[Any]:
    """A second application over the same database, behind a real port where the sandbox pushes."""
    source, keys = health._source, health.keys_in_use()
    made = importlib.import_module("app.factory").create_app(
        importlib.import_module("config").load({**environ, "PLATFORM_SUITE": "SM2-SM3"}))
    with serving(made, int(environ["PORT"])):
        sandbox.control("POST", "/reset", {"authorizations": True})
        yield made
    with made.app_context():
        database.engine.dispose()
    health.watch(source)
    health.tell_keys(keys)
    sandbox.control("POST", "/reset", {"authorizations": True})


def test_proof_consent_grade_use_feedback_reconciliation_and_events(in_sm2: Any, sandbox: Sandbox) -> None:
    began, offer = clock.today(), ground.voucher(in_sm2)
    liu = ground.liu(in_sm2, sandbox, offer.id)
    numbers = ground.use(in_sm2, liu.citizen_id, offer, 3)
    with in_sm2.app_context():
        outbox.drain()
        assert sending.work() == 1
    usages = liu.get("/api/v1/usages").json["items"]
    assert sorted(usage["usage_no"] for usage in usages) == sorted(numbers)
    assert {usage["feedback_state"] for usage in usages} == {"accepted"}
    assert liu.get("/api/v1/me/credit-grade").json["grade"] == sandbox_grade(sandbox, "liu")
    with in_sm2.app_context():
        pages = [platform().reconciliation_page(day) for day in sorted({began, clock.today()})]  # over midnight too
        assert sorted(row.record_no for page in pages for row in page.records) == sorted(numbers)
        for page in pages:
            assert page.digest == platform().record_nos_digest(row.record_no for row in page.records)
    for event in sandbox.control("POST", "/platform/events", {"type": "record.repaired", "person": "liu"})["events"]:
        assert (event["http_status"], event["verified"], event["answer"]["status"]) == (200, True, "processed"), event
    assert sandbox.control("GET", "/platform/breaches")["items"] == []


def test_the_operators_check_names_the_suite_and_who_computes_it(in_sm2: Any) -> None:
    said = in_sm2.test_cli_runner().invoke(platform_cli, ["check", "--json"])
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert (told["suite"], told["sm2_by"], told["client_key_id"]) == ("SM2-SM3", sm2.back_end(), "ck-sm2-1")


def sandbox_grade(sandbox: Sandbox, key: str) -> str:
    people = sandbox.control("GET", "/people")["items"]
    return str(next(person["grade"] for person in people if person["key"] == key))
