"""What happens when: made from a seed alone, so that the same seed is the same day again."""

import random
from dataclasses import dataclass
from typing import Any

STORIES = {  # how often each is told, relative to the others
    "rental": 10, "taken_back": 4, "coffee": 8, "service_order": 6, "called_off": 3, "too_low": 4, "withdrawal": 5,
    "grade_changed": 4, "repaired": 3, "revoked_there": 3, "report": 4, "disputed": 3, "undertaking": 3,
    "red_list": 3, "initiative": 2}
KILLS = ("web worker", "worker", "beat", "sandbox")
PATHS = {"/": 5, "/identities/verifications": 2, "/authorizations": 3, "/credit-grades/queries": 4,
         "/credit-reports": 2, "/benefit-usages/batches": 3, "/red-lists": 2, "/initiatives": 2}
CODES = ("INTERNAL", {"code": "RATE_LIMITED", "retry_after_s": 1}, {"code": "MAINTENANCE", "retry_after_s": 1})
EVERY_S = {"story": 1.0, "fault": 2.0, "kill": 8.0, "window": 30.0}  # on average
CALM_S = 5.0  # at both ends nothing breaks, so that a short drill has something to break


@dataclass(frozen=True)
class Story:
    """One person's doings, from `at_s` on; `number` makes their papers."""

    at_s: float
    number: int
    kind: str


@dataclass(frozen=True)
class Blow:
    """Something breaks at `at_s` for about `for_s`: `what` is fault, kill, window or rate."""

    at_s: float
    for_s: float
    what: str
    which: Any


@dataclass(frozen=True)
class Plan:
    """Both in order of their time."""

    seed: int
    seconds: float
    stories: tuple[Story, ...]
    blows: tuple[Blow, ...]


def make(seed: int, seconds: float) -> Plan:
    """The plan of a seed. Every kind of story and of kill comes once before any comes again by chance."""
    chance = random.Random(seed)
    kinds = chance.sample(sorted(STORIES), len(STORIES))
    stories = tuple(
        Story(at, number, kinds[number] if number < len(kinds) else _one_of(chance, STORIES))
        for number, at in enumerate(_times(chance, seconds, EVERY_S["story"], 0.0)))
    blows = [_fault(chance, at) for at in _times(chance, seconds - CALM_S, EVERY_S["fault"], CALM_S)]
    kills: list[str] = []
    for at in _times(chance, seconds - CALM_S, EVERY_S["kill"], CALM_S):
        kills = kills or chance.sample(KILLS, len(KILLS))
        blows.append(Blow(at, chance.uniform(0.5, 3.0), "kill", kills.pop()))
    for at in _times(chance, seconds - 2 * CALM_S, EVERY_S["window"], 2 * CALM_S):
        what = chance.choice(("window", "rate"))
        blows.append(Blow(at, chance.uniform(3.0, 8.0), what, 3 if what == "rate" else None))
    return Plan(seed, seconds, stories, tuple(sorted(blows, key=lambda blow: blow.at_s)))


def _one_of(chance: random.Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def _times(chance: random.Random, seconds: float, every_s: float, first: float) -> list[float]:
    times, at = [], first + chance.expovariate(1 / every_s)
    while at < seconds:
        times.append(round(at, 3))
        at += chance.expovariate(1 / every_s)
    return times


def _fault(chance: random.Random, at: float) -> Blow:
    """A fault that the sandbox plays (sandbox/README.md), on one kind of call or on all."""
    kind = chance.choice(("latency", "drop", "take_then_drop", "status", "code", "html", "truncate", "cut",
                          "bad_signature", "stale", "other_nonce", "other_request_id", "rows"))
    wish: dict[str, Any] = {"kind": kind, "times": chance.randint(1, 6)}
    if kind in ("latency", "drop", "status", "html"):
        wish["when"] = chance.choice(("before", "after"))
    match kind:
        case "latency":
            wish["value"] = round(chance.uniform(0.1, 2.0), 2) if chance.random() < 0.9 else 11.0
        case "status":
            wish["value"] = chance.choice((500, 502, 503, 504))
        case "code":
            wish |= {"kind": "status", "value": chance.choice(CODES)}
        case "html":
            wish["value"] = chance.choice((200, 502))
        case "cut":
            wish |= {"kind": "truncate", "value": "connection"}
        case "stale":
            wish["value"] = chance.choice((600, -600))
        case "rows":
            wish["value"] = chance.choice(("shuffle", "repeat", "lose"))
    wish["path"] = "/benefit-usages/batches" if kind == "rows" else _one_of(chance, PATHS)
    return Blow(at, chance.uniform(2.0, 8.0), "fault", wish)
