"""Bad days (issue B, 9): every fault × every call × {first, during the retry, after it took effect}, over the verbs.

After each cell and its recovery: one effect where the call is idempotent, each look recorded where it isn't, no breach
of the protocol, no no that a fault said, and nobody in a log. Some of all, unless PROOF=full (`make proof-bad-days`).
"""

import time
from typing import Any

import pytest

from tests.bad_days.table import PATHS, Cell, cells
from tests.bad_days.ways import WAYS, Ground
from tests.proofs import marked

MOST = 6  # attempts after a fault of two


@pytest.mark.parametrize("call", PATHS)
def test_a_bad_day_leaves_one_effect_and_no_trace_of_anybody(
    ground: Ground, servers: Any, request: pytest.FixtureRequest, call: str
) -> None:
    """Breaks that were tried, and seen here: a look sent again in silence where the platform hung up, a failure of the
    real-name check told as a mismatch, the subject's name in the log line of a registration that failed.
    """
    wrong = [f"{name}, {moment}: {what}" for name, moment, order in cells(call)
             for what in lived_through(ground, call, (name, moment, order))]
    assert wrong == []
    # the logger writes to the stream that was there when the application was made: pytest's own (so never with -s)
    out, err = request.config.pluginmanager.getplugin("capturemanager").read_global_capture()
    log = servers.places.log / "sandbox.log"
    assert "platform_call_failed" in err, "the log is what is looked at"
    for text in (out.encode() + err.encode(), log.read_bytes()):
        assert list(marked.find(text, call)) == []


def lived_through(ground: Ground, call: str, cell: Cell) -> list[str]:
    """What is wrong after one cell."""
    way = WAYS[call](ground)
    fault = ground.sandbox.control("POST", "/faults", cell[2])
    done = [way.attempt()]
    while not done[-1] and len(done) < MOST:
        ground.no_hold()
        done.append(way.attempt())
    wrong = [] if done[-1] else ["never done"]
    left = [each for each in ground.sandbox.control("GET", "/faults")["items"] if each["id"] == fault["id"]]
    wrong += ["the fault met no call"] if any(each["hits"] == 0 for each in left) else []
    ground.sandbox.control("DELETE", "/faults")
    if cell[2]["kind"] == "latency":
        time.sleep(cell[2]["value"])  # what nobody waited for may still take its effect
    wrong += way.effects()
    wrong += [f"breach {each['code']} {each['what']}" for each in ground.theirs("breaches")]
    ground.no_hold()
    return wrong
