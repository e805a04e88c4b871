"""`make drill`: DRILL_SECONDS (600) of mixed traffic by the plan of DRILL_SEED; exit code 1 where a proof fails."""

import os
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

from tests.drill import listening, plan, proving, settling, stories
from tests.drill.hurting import Hurting
from tests.drill.patience import GaveUp
from tests.drill.province import Province
from tests.stack import Stack

HANDS = 8
SHOWN = 20


def main() -> int:
    seed = int(os.environ.get("DRILL_SEED") or random.SystemRandom().randrange(10**6))
    the_plan = plan.make(seed, float(os.environ.get("DRILL_SECONDS") or 600))
    say(f"seed {seed}: {len(the_plan.stories)} stories and {len(the_plan.blows)} blows in {the_plan.seconds:.0f} s")
    with tempfile.TemporaryDirectory(prefix="xinyi-d-", ignore_cleanup_errors=True) as folder, \
            listening.till() as heard:
        Path(folder).chmod(0o711)
        stack = Stack(Path(folder))
        try:
            stack.start()
            return drill(Province(stack, heard.url), the_plan)
        finally:
            stack.stop()


def drill(p: Province, the_plan: plan.Plan) -> int:
    hurting, told, began = Hurting(p), Counter[str](), time.monotonic()
    blows = Thread(target=hurting.run, args=(the_plan, began), daemon=True)
    blows.start()
    with ThreadPoolExecutor(HANDS) as hands:
        ends = []
        for story in the_plan.stories:
            time.sleep(max(0.0, began + story.at_s - time.monotonic()))
            ends.append(hands.submit(tell, p, story, told, began + the_plan.seconds))
        blows.join()
        hurting.heal()
        wrong = [said for end in ends if (said := end.result())]
    say(f"traffic over after {time.monotonic() - began:.0f} s")
    took, left = settling.settle(p)
    say(f"settled within {took:.0f} s" + (f", but for {left}" if left else ""))
    return show(p, hurting, told, wrong + [f"not settled: {left}"] * bool(left), settling.retries(p))


def tell(p: Province, story: plan.Story, told: Counter[str], until: float) -> str | None:
    """One story; what is wrong with it, if anything is. Who gave up was free to take the ordinary way.

    A machine that is too slow for the plan leaves stories out rather than going on for longer; the table says so.
    """
    if time.monotonic() > until:
        told["not begun"] += 1
        return None
    try:
        stories.tell(p, story)
    except GaveUp as given_up:
        told[f"{story.kind} given up"] += 1
        say(f"story {story.number} ({story.kind}) given up: {given_up}")
    except Exception as wrong:  # whatever it is, the table has to tell of it
        told[f"{story.kind} wrong"] += 1
        said = f"story {story.number} ({story.kind}): {type(wrong).__name__} {str(wrong)[:300]}"
        say(said)
        return said
    else:
        told[story.kind] += 1
    return None


def show(p: Province, hurting: Hurting, told: Counter[str], wrong: list[str],
         retried: dict[str, tuple[int, int]]) -> int:
    say("stories: " + ", ".join(f"{kind} {count}" for kind, count in sorted(told.items())))
    say("blows: " + ", ".join(f"{kind} {count}" for kind, count in sorted(hurting.counts.items())))
    say("answers: " + ", ".join(f"{what} × {count}" for what, count in p.tally.told.most_common()))
    for proof in proving.all_of(p, hurting.downs):
        say(f"{'WRONG' if proof.wrong else 'right'}  {proof.name:24} {proof.figures}")
        for each in proof.wrong[:SHOWN]:
            say(f"       - {each}")
        wrong += [f"{proof.name}: {each}" for each in proof.wrong]
    attempts, needed = (sum(column) for column in zip(*retried.values(), strict=True))
    for name, (tried, done) in retried.items():
        say(f"retries {name:26} {tried:6} attempts for {done:6}  {tried / max(1, done) - 1:7.1%}")
    say(f"ratio of retries: {attempts / max(1, needed) - 1:.1%}; "
        f"{'all proofs hold' if not wrong else f'{len(wrong)} things are WRONG'}")
    return 1 if wrong else 0


def say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
