"""A no leaves on a beat: how long it took to find it says nothing of why (docs/decisions/0195)."""

import functools
import time
from collections.abc import Callable
from typing import Any

from prometheus_client import Counter

from app.kernel.db import end_reads
from app.kernel.errors import Refusal
from app.kernel.settings import settings

LATE = Counter("xinyi_late_noes_total", "Noes that took longer than a beat: NO_BEAT_MS is too short, or we too slow")
View = Callable[..., Any]


def on_the_beat(*noes: type[Refusal], no: Callable[[Any], bool] = lambda _: False) -> Callable[[View], View]:
    """A view's noes about a person: refusals of these kinds, or answers that `no` says are one.

    They wait for the next multiple of NO_BEAT_MS since the view began; no connection is held meanwhile.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def even(*args: Any, **kwargs: Any) -> Any:
            began = time.monotonic()
            try:
                answer = view(*args, **kwargs)
            except noes:
                _wait(began)
                raise
            if no(answer):
                _wait(began)
            return answer

        return even

    return wrap


def _wait(began: float) -> None:
    end_reads()
    beat, took = settings().NO_BEAT_MS / 1000, time.monotonic() - began
    if took > beat:
        LATE.inc()
    time.sleep(beat - took % beat)
