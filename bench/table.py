"""Printing what was measured, as Markdown."""

import statistics
from collections import Counter

from bench.draining import Side
from bench.measuring import Figures, shown

FEEDBACK = 0.5  # of what posting ready-made bytes reaches
AIMS = {"verify": 4.0, "redeem": 6.0}  # ms in the web workers


def calls(ours: dict[str, Figures], floors: dict[str, Figures], plans: dict[str, list[str]]) -> None:
    """CPU ms of one request: median over the rounds (lowest–highest), and the ratio of the medians."""
    print("| call | web workers, CPU ms | floor, CPU ms | ratio | aim | PostgreSQL, CPU ms | at the floor |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, own in ours.items():
        floor = floors.get(name)
        ratio = f"{statistics.median(own.web) / statistics.median(floor.web):.2f}" if floor else ""
        print(f"| {name} | {shown(own.web)} | {shown(floor.web) if floor else ''} | {ratio} | {_aim(name, own)} "
              f"| {shown(own.database)} | {shown(floor.database) if floor else ''} |")
    print("\n| call | SQL round trips | which |\n| --- | --- | --- |")
    for name, plan in plans.items():
        told = ", ".join(f"{count} {kind}" for kind, count in Counter(plan).items())
        print(f"| {name} | {len(plan)} | {told} |")


def memory(rests: dict[str, list[float]], ends: dict[str, list[float]]) -> None:
    """Resident MB of each worker, before and after the rounds."""
    print("\n| worker | RSS before, MB | after the rounds, MB |\n| --- | --- | --- |")
    for name, before in rests.items():
        for first, last in zip(before, ends[name], strict=True):
            print(f"| {name} | {first:.0f} | {last:.0f} |")


def feedback(usages: int, ours: Side, floor: Side) -> None:
    """Usages a second by us and by the floor, and our memory on the way."""
    ratio = floor.seconds / ours.seconds
    print(f"\n| feedback of {usages} usages | ours | floor (posting ready-made bytes) | ours to the floor | aim |")
    print("| --- | --- | --- | --- | --- |")
    print(f"| usages a second | {usages / ours.seconds:.0f} | {usages / floor.seconds:.0f} | {ratio:.2f} "
          f"| ≥ {FEEDBACK}: {'met' if ratio >= FEEDBACK else '**missed**'} |")
    print(f"| sender's CPU, ms for a usage | {ours.cpu_ms / usages:.3f} | {floor.cpu_ms / usages:.3f} "
          f"| {ours.cpu_ms / floor.cpu_ms:.2f} | |")
    print("\nRSS of the sender after each tenth, MB: " + ", ".join(f"{each:.0f}" for each in ours.rss_mb))


def _aim(name: str, own: Figures) -> str:
    if name not in AIMS:
        return ""
    return f"≤ {AIMS[name]:.0f}: " + ("met" if statistics.median(own.web) <= AIMS[name] else "**missed**")
