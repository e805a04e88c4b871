"""One thread beside this one, for work that needn't wait while we wait for somebody else's answer."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from flask import Flask, current_app

T = TypeVar("T")
Run = Callable[[Callable[[], T]], "Future[T]"]


@contextmanager
def beside() -> Iterator[Callable[[Callable[[], T]], "Future[T]"]]:
    """`run(work)` starts it in the same application, with a database session of its own; leaving waits for it."""
    app = cast(Flask, cast(Any, current_app)._get_current_object())

    def inside(work: Callable[[], T]) -> T:
        with app.app_context():
            return work()

    with ThreadPoolExecutor(1) as threads:
        yield lambda work: threads.submit(inside, work)
