"""`make bench`: prints a table as bench/README.md keeps it."""

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

from flask import Flask

import config
from app.factory import create_app
from bench import draining, people, table
from bench.calling import send
from bench.measuring import Figures, Meter, rss_mb, signature_ms
from bench.people import Call, Cast
from bench.standing import Standing
from bench.way import STAGES, Way, floor_calls, log_ins

WARM = 12  # psycopg prepares a statement after five times on a connection
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")
SETTINGS = {"PRESENTATION_SECONDS": "300"}  # a round's codes must outlive it


def main() -> None:
    told = argparse.ArgumentParser(prog="bench", description=__doc__)
    told.add_argument("--rounds", type=int, default=5)
    told.add_argument("--requests", type=int, default=200, help="of each kind in each round; 0: the feedback only")
    told.add_argument("--connections", type=int, default=4, help="few: what they carry, not how many, is measured")
    told.add_argument("--usages", type=int, default=20_000, help="for the feedback; 0 leaves it out")
    asked = told.parse_args()
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="xinyi-b-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL may run as another uid
        standing = Standing(Path(folder), {**kept, **SETTINGS})
        try:
            standing.start()
            _run(standing, Path(folder), asked)
        finally:
            standing.stop()


def _run(standing: Standing, folder: Path, asked: argparse.Namespace) -> None:
    app = create_app(config.load(standing.env))
    demo = json.loads(standing.system.places.demo.read_text("utf-8"))
    cast = people.make(app, demo, 40)
    if asked.requests:
        _calls(standing, app, cast, folder, asked)
    if asked.usages:
        ours_sent, floor_sent = draining.measure(standing, app, cast, demo["people"], asked.usages)
        table.feedback(asked.usages, ours_sent, floor_sent)


def _calls(standing: Standing, app: Flask, cast: Cast, folder: Path, asked: argparse.Namespace) -> None:
    plans = _start_floor(standing, app, cast, folder)
    rests = {name: [rss_mb(pid) for pid in standing.workers(name)] for name in ("web", "floor")}
    ours = {stage: Figures() for stage in (*STAGES, "login")}
    floors = {stage: Figures() for stage in STAGES}
    for number in range(-1, asked.rounds):  # the first one warms up and isn't kept
        _round(standing, cast, asked, (ours, floors) if number >= 0 else None, floor_first=bool(number % 2))
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; {asked.rounds} rounds of "
          f"{asked.requests} requests of each kind over {asked.connections} connections; "
          f"one RSA-2048 signature takes {signature_ms():.3f} ms of CPU\n")
    table.calls(ours, floors, plans)
    table.memory(rests, {name: [rss_mb(pid) for pid in standing.workers(name)] for name in ("web", "floor")})


def _start_floor(standing: Standing, app: Flask, cast: Cast, folder: Path) -> dict[str, list[str]]:
    """Count what our calls do in the database, start the floor with that, and see that it does the same."""
    plans = _counted(standing, cast)
    standing.make_floor_rows()
    told = {"BENCH_PLANS": json.dumps(plans), **people.public_keys(app, cast, folder)}
    relay = standing.add("counted-floor", "bench.floor:app", told, relayed=True)
    assert relay
    for stage, plan in plans.items():
        send(standing.url("counted-floor"), floor_calls(cast, stage, WARM), 1)
        relay.take()
        send(standing.url("counted-floor"), floor_calls(cast, stage, 1), 1)
        found = relay.take()
        assert found == (len(plan), plan), f"the floor of {stage} isn't the like of ours: {found}, {plan}"
    standing.add("floor", "bench.floor:app", told)
    return plans


def _counted(standing: Standing, cast: Cast) -> dict[str, list[str]]:
    """By stage, the commands of one request, each a round trip of its own."""
    relay = standing.add("counted-web", relayed=True)
    assert relay
    plans = {}
    warm, once = Way(cast, WARM), Way(cast, 1)
    for stage in STAGES:
        warm.took(stage, send(standing.url("counted-web"), warm.calls(stage), 1))
        relay.take()
        once.took(stage, send(standing.url("counted-web"), once.calls(stage), 1))
        trips, plans[stage] = relay.take()
        assert trips == len(plans[stage]), f"{stage}: {trips} round trips for {plans[stage]}"
    return plans


def _round(standing: Standing, cast: Cast, asked: argparse.Namespace,
           kept: tuple[dict[str, Figures], dict[str, Figures]] | None, floor_first: bool) -> None:
    """Every call at ours and at the floor, one right after the other, so that both meet the same neighbours."""
    ours, floors = kept or ({stage: Figures() for stage in (*STAGES, "login")}, {stage: Figures() for stage in STAGES})
    way, many = Way(cast, asked.requests), asked.connections
    for stage in STAGES:
        turns = [lambda stage=stage: way.took(stage, _one(standing, "web", way.calls(stage), many, ours[stage])),
                 lambda stage=stage: _one(standing, "floor", floor_calls(cast, stage, asked.requests), many,
                                          floors[stage])]
        for turn in reversed(turns) if floor_first else turns:
            turn()
    calls = log_ins(f"http://127.0.0.1:{standing.env['SANDBOX_PORT']}", max(1, asked.requests // 4))
    _one(standing, "web", calls, many, ours["login"])


def _one(standing: Standing, name: str, calls: list[Call], connections: int, figures: Figures) -> list[Any]:
    meter = Meter(standing.workers(name), standing.postmaster)
    answers = send(standing.url(name), calls, connections)
    meter.end(len(calls), figures)
    return answers


if __name__ == "__main__":
    main()
