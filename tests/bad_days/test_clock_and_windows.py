"""The platform's clock ten minutes off, and a window that it announced: end to end, over doors and verbs."""

import re
from typing import Any

import pytest

from tests.bad_days.ways import ORDINARY, WAYS, Ground


@pytest.mark.parametrize("off_s", [-600, 600])
def test_a_clock_that_is_ten_minutes_off_is_named_and_says_no_to_nobody(ground: Ground, off_s: int) -> None:
    """Meant to fail where the alarm isn't raised, where it stays after the clocks agree, and where the refusal of a
    signed CLOCK_SKEW counts as a no.
    """
    me = ground.agreed(ground.rental)
    ground.sandbox.control("POST", "/clock", {"offset_s": off_s})
    answer = me.post(f"/api/v1/offers/{ground.rental.id}/decisions", {})
    assert (answer.status_code, answer.json["code"]) == (503, "PLATFORM_UNAVAILABLE")
    assert ORDINARY in answer.json["detail"]
    told = alarm(ground)
    assert abs(told["clock_skew_seconds"] - off_s) <= 2
    (words,) = told["alarms"]
    assert "时钟" in words
    assert re.search(rf"{'慢' if off_s > 0 else '快'} (?:59[89]|60[0-2]) 秒", words), words
    ground.sandbox.control("POST", "/clock", {"offset_s": 0})
    ground.no_hold()
    assert me.post(f"/api/v1/offers/{ground.rental.id}/decisions", {}).json["eligible"] is True
    assert (alarm(ground)["clock_skew_seconds"], alarm(ground)["alarms"]) == (None, [])


def alarm(ground: Ground) -> dict[str, Any]:
    told: dict[str, Any] = ground.app.test_client().get("/readyz").json["parts"]["gateways"]
    return told


def test_an_announced_window_is_kept_by_every_verb(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes of maintenance: whoever comes first hears of it and nobody comes again; afterwards all is done.

    Meant to fail where what the gateway remembers isn't asked before a call leaves: more are turned away.
    """
    before = 0
    for name, make in WAYS.items():
        way = make(ground)
        ground.sandbox.control("PUT", "/platform/settings", {"maintenance_s": 600})
        with monkeypatch.context() as patched:
            for module in ("tests.bad_days.ways", "tests.feedback.ground"):
                patched.setattr(f"{module}.no_hold", lambda: None)  # the window isn't over
            assert not any(way.attempt() for _ in range(3)), name
        turned = [each["why"] for each in ground.theirs("turned-away")][before:]
        assert (name, turned) == (name, ["MAINTENANCE"])
        before += len(turned)
        ground.sandbox.control("PUT", "/platform/settings", {"maintenance_s": 0})
        ground.no_hold()
        assert way.attempt(), name
        assert (name, way.effects()) == (name, [])
    assert ground.theirs("breaches") == []
