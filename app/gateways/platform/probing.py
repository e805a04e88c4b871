"""Trying every call of platform.md 4.1 to 4.8 without touching anybody: nobody's number, nobody's authorisation.

A call with an effect is asked about what does not exist, so that the platform's final no proves that our signature
(and, where a person is named, our seal) was right, and that we could check its answer.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.gateways import health
from app.gateways.platform.advice import advice
from app.gateways.platform.client import PlatformClient
from app.gateways.platform.failures import Passing, Permanent, PlatformFailure
from app.gateways.platform.forms import AuthorizationForm, RedListForm
from app.gateways.platform.sealing import Subject
from app.kernel import clock, jsons

# Region 000000 was never given out and nobody lives who was born in 1900: the platform can know no such person.
NOBODY = Subject("接口自检", "000000190001010009")
PURPOSE = "接口自检，不涉及任何自然人"
RED_LIST = "outstanding_youth_volunteer"


@dataclass(frozen=True)
class Tried:
    """One call that was tried. `outcome`: what it answered, or a failure's code; `todo` is empty where all is well."""

    section: str
    call: str
    name: str
    did: str
    ok: bool
    outcome: str
    took_ms: int
    means: str
    todo: str = ""


@dataclass(frozen=True)
class Probe:
    """`proves`: the outcomes that are as they should be, and what each shows; "OK" stands for any good answer."""

    section: str
    call: str
    name: str
    did: str
    ask: Callable[[], Any]
    proves: dict[str, str]


def probes(client: PlatformClient) -> list[Probe]:
    """Fresh probes: numbers that nobody gave out before."""
    number, moment, yesterday = f"CHECK-{secrets.token_hex(8)}", clock.now(), clock.today() - timedelta(days=1)
    sealed, signed = "签名、加密、验签均正确", "签名、验签正确"
    look = (number, NOBODY, "rental", PURPOSE, "system")
    return [
        Probe("4.1", "identity", "实名核验", "核验一个不存在的人", lambda: client.verify_identity(NOBODY).result,
              {"not_found": sealed, "mismatch": sealed, "SUBJECT_NOT_FOUND": sealed}),
        Probe("4.2", "authorization", "授权登记", "为一个不存在的人登记授权书，应被拒收",
              lambda: client.register_authorization(_form(number, moment)).status, {"SUBJECT_NOT_FOUND": sealed}),
        Probe("4.2", "revocation", "授权撤回", "撤回一份不存在的授权书，应被拒收",
              lambda: client.revoke_authorization(number, moment), {"AUTHORIZATION_NOT_FOUND": signed}),
        Probe("4.3", "grade", "信用等级查询", "用不存在的授权书查询，应被拒收（不构成对任何人的查询）",
              lambda: client.query_grade(*look).grade, {"AUTHORIZATION_NOT_FOUND": signed}),
        Probe("4.4", "report", "信用报告查询", "用不存在的授权书查询，应被拒收（不构成对任何人的查询）",
              lambda: client.query_report(*look).report_no, {"AUTHORIZATION_NOT_FOUND": signed}),
        Probe("4.5", "batch", "激励使用反馈", "提交一个没有记录的批次，应被拒收（不留批次号）",
              lambda: client.send_batch(jsons.dumps({"batch_no": number, "records": []})), {"BAD_REQUEST": signed}),
        Probe("4.6", "reconciliation", "每日对账", f"读取 {yesterday} 对账单首页（只读）",
              lambda: client.reconciliation_page(yesterday).count, {"OK": signed}),
        Probe("4.7", "red_list", "红名单报送", "报送一条生效早于公示结束的名单，应被拒收",
              lambda: _list_nobody(client, number), {"BAD_REQUEST": signed, "SUBJECT_NOT_FOUND": sealed}),
        Probe("4.7", "red_list_removal", "红名单移出", "移出一条不存在的名单，应被拒收",
              lambda: client.delete_red_list_entry(RED_LIST, f"{number}-0"), {"NOT_FOUND": signed}),
        Probe("4.8", "initiatives", "联合激励发起", "读取发起清单首页（只读）",
              lambda: len(client.initiatives().initiatives), {"OK": signed}),
        Probe("4.8", "initiative_response", "联合激励响应", "响应一个不存在的发起，应被拒收",
              lambda: client.respond_initiative(number, "declined", "接口自检", [], moment), {"NOT_FOUND": signed}),
        Probe("4.8", "initiative_feedback", "联合激励反馈", "反馈一个不存在的发起，应被拒收",
              lambda: client.feed_back_initiative(number, f"{yesterday:%Y-%m}", 0, 0, 0, "接口自检"),
              {"NOT_FOUND": signed}),
    ]


def attempt(probe: Probe) -> Tried:
    """Make one call and say what it came to."""
    start = time.monotonic()
    failure: PlatformFailure | None = None
    try:
        outcome = str(probe.ask())
    except (Passing, Permanent) as failed:
        failure, outcome = failed, failed.code
    took_ms = round((time.monotonic() - start) * 1000)
    known = probe.proves.get(outcome) or (probe.proves.get("OK") if failure is None else None)
    if known:
        return Tried(probe.section, probe.call, probe.name, probe.did, True, outcome, took_ms, known)
    means, todo = advice(failure, probe.call, health.keys_in_use())
    return Tried(probe.section, probe.call, probe.name, probe.did, False, outcome, took_ms, means, todo)


def _form(number: str, moment: datetime) -> AuthorizationForm:
    return AuthorizationForm(number, NOBODY, ("grade.read",), PURPOSE, ("rental",), PURPOSE, moment,
                             moment + timedelta(days=1))


def _list_nobody(client: PlatformClient, number: str) -> str:
    """Should the platform take what the page tells it to refuse, it is taken off again at once."""
    entry = RedListForm(NOBODY, "接口自检", "接口自检", date(2026, 1, 1), date(2026, 1, 8), date(2026, 1, 2),
                        date(2026, 1, 9))
    listed = client.put_red_list_entry(RED_LIST, number, entry)
    client.delete_red_list_entry(RED_LIST, number)
    return listed
