"""`flask platform check` and `breakers` against the sandbox: on a good day, and with each thing that can be wrong.

Breaks that were tried: a probe whose final no counts as a failure, one that is accepted counted as well, the exit code
always 0, the breaker not passed over, the announced window passed over, a traceback for keys that can't be used at all.
Each failed here.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.gateways import health
from app.gateways.platform.advice import advice
from app.gateways.platform.cli import platform_cli
from app.gateways.platform.failures import FINAL, PASSING, Passing, Permanent
from app.gateways.platform.pacing import CALLS, Pace
from app.gateways.platform.pacing_here import FAILURES, Here
from app.gateways.platform.pacing_shared import Shared
from app.gateways.platform.probing import NOBODY, probes
from app.kernel import clock
from supervisor.places import ROOT
from tests.sandbox_process import Sandbox

NO_TRACE = ("/platform/queries", "/platform/usages", "/platform/batches", "/platform/authorizations",
            "/platform/red-lists")
EXPECTED = {"AUTHORIZATION_NOT_FOUND", "BAD_REQUEST", "NOT_FOUND"}


@pytest.fixture
def province(sandbox: Sandbox, app: Any) -> Iterator[Sandbox]:
    sandbox.control("POST", "/reset", {"authorizations": True})
    yield sandbox
    sandbox.control("POST", "/reset", {"authorizations": True})
    health.tell_skew(None)


def check(app: Any, *more: str) -> Any:
    return app.test_cli_runner().invoke(platform_cli, ["check", *more])


def told(app: Any, code: int) -> dict[str, Any]:
    result = check(app, "--json")
    assert result.exit_code == code, result.output
    return {one["call"]: one for one in json.loads(result.stdout)["calls"]}


def test_every_call_is_tried_and_touches_nobody(app: Any, province: Sandbox) -> None:
    result = check(app)
    assert result.exit_code == 0, result.output
    assert result.output.count("通过  4.") == len(CALLS)
    for words in ("签名套件    ES256-SHA256", "签名 ck-es256-1", "省平台公钥 pk-es256-1", "加密 dk-2026-1",
                  "时钟差      省平台减本机", "全部通过", "/platform/v1/events", "毫秒"):
        assert words in result.output
    for path in NO_TRACE:
        assert province.control("GET", path)["items"] == []
    assert {row["code"] for row in province.control("GET", "/platform/breaches")["items"]} == EXPECTED
    assert NOBODY.id_number not in result.output


def test_as_json_each_call_is_there_with_its_section(app: Any, province: Sandbox) -> None:
    said = told(app, 0)
    assert tuple(said) == CALLS
    assert {one["section"] for one in said.values()} == {f"4.{number}" for number in range(1, 9)}
    assert all(one["ok"] and not one["todo"] for one in said.values())


def test_keys_that_cannot_be_used_at_all_are_told_in_words(environ: dict[str, str], tmp_path: Path) -> None:
    """Nothing can be tried then: the operator reads what to mend, as the service's log says it at its start."""
    (tmp_path / "keys.json").write_text("{")
    ran = subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "platform", "check"], cwd=ROOT, check=False,
                         env={**environ, "PLATFORM_KEYS_DIR": str(tmp_path)}, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.splitlines() == ["the platform's keys cannot be used: keys.json: not JSON"]


BAD_DAYS: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "status", "value": "BAD_SIGNATURE"}, "BAD_SIGNATURE", "client_key_id ck-es256-1"),
    ({"kind": "status", "value": "BAD_SEAL"}, "BAD_SEAL", "data_key_id dk-2026-1"),
    ({"kind": "status", "value": "UNKNOWN_APP"}, "UNKNOWN_APP", "PLATFORM_APP_ID"),
    ({"kind": "status", "value": "SCOPE_DENIED"}, "SCOPE_DENIED", "开通此接口"),
    ({"kind": "status", "value": "INTERNAL"}, "INTERNAL", "请求编号"),
    ({"kind": "status", "value": 502}, "BAD_ANSWER", "代理"),
    ({"kind": "html"}, "BAD_ANSWER", "代理"),
    ({"kind": "bad_signature"}, "BAD_ANSWER", "platform_public"),
    ({"kind": "drop"}, "NO_ANSWER", "防火墙"),
    ({"kind": "truncate", "value": "connection"}, "BAD_ANSWER", "截断"),
    ({"kind": "stale"}, "CLOCK_SKEW", "NTP"),
    ({"kind": "patch", "value": {"code": "WHO_KNOWS"}}, "BAD_ANSWER", "请求编号"),
]


@pytest.mark.parametrize(("fault", "outcome", "words"), BAD_DAYS, ids=[str(day[0]) for day in BAD_DAYS])
def test_a_fault_of_one_call_is_named_with_what_to_do(
    app: Any, province: Sandbox, fault: dict[str, Any], outcome: str, words: str
) -> None:
    province.control("POST", "/faults", {"target": "platform", "path": "/credit-grades/queries", **fault})
    said = told(app, 1)
    assert (said["grade"]["ok"], said["grade"]["outcome"]) == (False, outcome)
    assert words in said["grade"]["todo"]
    assert [call for call, one in said.items() if not one["ok"]] == ["grade"]


def test_clocks_that_differ_are_told_in_seconds(app: Any, province: Sandbox) -> None:
    province.control("POST", "/clock", {"offset_s": 600})
    result = check(app)
    assert result.exit_code == 1
    assert "省平台减本机 600 秒" in result.output or "省平台减本机 599 秒" in result.output
    assert "NTP" in result.output
    with app.app_context():
        alarm = health.clock_alarm()
    assert alarm
    assert alarm.seconds in (599, 600)
    readyz = app.test_client().get("/readyz").get_json()["parts"]["gateways"]
    assert any("CLOCK_SKEW" in words and "慢" in words for words in readyz["alarms"])
    province.control("POST", "/clock", {"offset_s": 0})
    check(app)
    assert app.test_client().get("/readyz").get_json()["parts"]["gateways"]["alarms"] == []


def test_an_announced_window_is_kept_by_the_operators_check_too(app: Any, province: Sandbox) -> None:
    province.control("PUT", "/platform/settings", {"maintenance_s": 600})
    province.control("POST", "/faults", {"target": "platform", "kind": "latency", "value": 0.001})  # counts who comes
    said = told(app, 1)
    assert [order["hits"] for order in province.control("GET", "/faults")["items"]] == [1]
    assert {(one["outcome"], one["ok"]) for one in said.values()} == {("MAINTENANCE", False)}
    assert province.control("GET", "/platform/breaches")["items"] == []
    shown = app.test_cli_runner().invoke(platform_cli, ["breakers"])
    assert shown.exit_code == 1
    assert "held *" in shown.output
    assert app.test_client().get("/metrics").status_code == 200
    assert 500 < health.HELD.labels("*")._value.get() <= 600


def test_an_open_breaker_does_not_keep_the_operator_from_seeing(app: Any, province: Sandbox) -> None:
    shared = Pace(Here(clock), Shared(app.extensions["redis"], clock))
    for _ in range(FAILURES):
        shared.ended("grade", shared.enter("grade", 0), Passing("NO_ANSWER"))
    shown = app.test_cli_runner().invoke(platform_cli, ["breakers"])
    assert shown.exit_code == 1
    assert "open" in next(line for line in shown.output.splitlines() if line.startswith("grade "))
    assert app.test_client().get("/readyz").get_json()["parts"]["gateways"]["not_closed"]["grade"]["state"] == "open"
    assert all(one["ok"] for one in told(app, 0).values())
    assert app.test_cli_runner().invoke(platform_cli, ["breakers"]).exit_code == 0


def test_breakers_as_json(app: Any, province: Sandbox) -> None:
    told = json.loads(app.test_cli_runner().invoke(platform_cli, ["breakers", "--json"]).stdout)
    assert [one["call"] for one in told["breakers"]] == list(CALLS)
    assert (told["holds"], told["alarms"]) == ([], [])


def test_a_platform_that_takes_what_it_must_refuse_is_told_so(app: Any, province: Sandbox) -> None:
    class Takes:
        def delete_red_list_entry(self, *_: object) -> str:
            removed.append(1)
            return "delisted"

        def put_red_list_entry(self, *_: object) -> str:
            return "listed"

    removed: list[int] = []
    client: Any = Takes()
    probe = next(one for one in probes(client) if one.call == "red_list")
    assert probe.ask() == "listed"
    assert removed == [1]
    assert "listed" not in probe.proves


@pytest.mark.parametrize("code", [*FINAL, *PASSING, "NO_ANSWER", "BAD_ANSWER", "CIRCUIT_OPEN", "OUR_RATE", "LATE"])
def test_every_failure_has_advice(code: str) -> None:
    failure = Permanent(code, "", "r-1") if code in FINAL else Passing(code, why="any", request_id="r-1")
    means, todo = advice(failure, "grade", None)
    assert means
    assert todo
    assert "{" not in means + todo
    assert advice(None, "grade", None)[1]
