"""Background work: verbs that run by the clock. Celery only carries; the tables are the truth."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from celery import Celery, Task
from celery.schedules import crontab
from flask import Flask

from app.kernel.errors import where

log = structlog.get_logger()


@dataclass(frozen=True)
class Job:
    """`every` seconds, or at `at` = (hour, minute) in Asia/Shanghai each day."""

    name: str
    work: Callable[[], object]
    every: float | None = None
    at: tuple[int, int] | None = None


def build(app: Flask, broker: str, jobs: list[Job]) -> Celery:
    """The Celery application with one task for each job; each runs in the app's context.

    Jobs are short, may run twice and at the same time: each takes its rows by SKIP LOCKED.
    """

    class InContext(Task):
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery = Celery("xinyi", task_cls=InContext)
    celery.conf.update(
        broker_url=_broker(broker), timezone="Asia/Shanghai", task_ignore_result=True,
        worker_prefetch_multiplier=1, broker_connection_retry_on_startup=True, worker_hijack_root_logger=False,
        task_default_queue="xinyi", broker_transport_options={"visibility_timeout": 3600},
        beat_schedule={job.name: {"task": job.name, "schedule": _when(job), "options": {"expires": 60}}
                       for job in jobs})
    for job in jobs:
        celery.task(name=job.name)(_run(job))
    return celery


def _run(job: Job) -> Callable[[], None]:
    def run() -> None:
        try:
            done = job.work()
        except Exception as wrong:  # the last resort: the driver's own words may quote what people typed
            log.error("job_broke", job=job.name, kind=type(wrong).__name__, where=where(wrong))
            return
        if done:
            log.info("job", job=job.name, done=done)

    run.__name__ = job.name.replace(".", "_")
    return run


def _when(job: Job) -> Any:
    return crontab(hour=job.at[0], minute=job.at[1]) if job.at else job.every


def _broker(url: str) -> str:
    """Celery's spelling of a unix socket; `?db=1` becomes its `virtual_host`."""
    if not url.startswith("unix://"):
        return url
    path, _, query = url.removeprefix("unix://").partition("?")
    number = dict(part.split("=") for part in query.split("&") if part).get("db", "0")
    return f"redis+socket://{path}?virtual_host={number}"
