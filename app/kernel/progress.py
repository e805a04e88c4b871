"""How far a long piece of work has come, kept in PostgreSQL so that it can be watched over reloads and restarts."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base, session, transaction
from app.kernel.ids import Id


class Work(Base):
    """One piece of work of one owner ("staff:<id>", "merchant:<id>"). `told` is for its page; no identity data."""

    __tablename__ = "work_progress"
    __table_args__ = (CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
                      CheckConstraint("done >= 0 AND (total IS NULL OR done <= total)", name="done"),
                      Index("ix_work_progress_owner", "owner", "began_at"))
    id: Mapped[Id]
    kind: Mapped[str]  # import, export, …
    owner: Mapped[str]
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    told: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    began_at: Mapped[datetime] = mapped_column(default=clock.now)
    moved_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def over(self) -> bool:
        return self.state in {"done", "failed"}

    @property
    def percent(self) -> int | None:
        """0 to 100; None where nobody knows the whole yet."""
        return None if not self.total else self.done * 100 // self.total


def begin(kind: str, owner: str, title: str, total: int | None = None, *, subject: str | None = None) -> uuid.UUID:
    """In the caller's transaction or one of its own; the id of the work. `subject`: what it is about, for its worker
    (in `told` while it isn't over).
    """
    work = Work(kind=kind, owner=owner, title=title, total=total, told={} if subject is None else {"subject": subject})
    with transaction() as s:
        s.add(work)
        s.flush()
    return work.id


def take(kind: str, again_after: timedelta) -> Work | None:
    """The oldest work of this kind that waits, or that nobody has moved for so long: now running, and the caller's.

    Of two workers one gets it; who died at it holds it up for `again_after` at most.
    """
    moment = clock.now()
    left = Work.state == "waiting", (Work.state == "running") & (Work.moved_at < moment - again_after)
    with transaction() as s:
        work = s.scalar(select(Work).where(Work.kind == kind, or_(*left)).order_by(Work.began_at, Work.id).limit(1)
                        .with_for_update(skip_locked=True).execution_options(populate_existing=True))
        if work is not None:
            work.state, work.moved_at = "running", moment
    return work


def under_way(kind: str, subject: str) -> Work | None:
    """The work of this kind about this subject that isn't over, whoever's it is."""
    return session().scalar(select(Work).where(Work.kind == kind, Work.told["subject"].astext == subject,
                                               Work.state.in_(("waiting", "running")))
                            .order_by(Work.began_at.desc()).limit(1).execution_options(populate_existing=True))


def move(work_id: uuid.UUID, done: int, total: int | None = None) -> None:
    """So far: `done` of `total` steps. What is over stays over."""
    _set(work_id, state="running", done=done, **({} if total is None else {"total": total}))


def finish(work_id: uuid.UUID, **told: Any) -> None:
    """It is done; `told` is shown, e.g. rows=100."""
    _set(work_id, state="done", told=told)


def fail(work_id: uuid.UUID, **told: Any) -> None:
    """It came to nothing; `told` says why, e.g. problem="…"."""
    _set(work_id, state="failed", told=told)


def get(work_id: uuid.UUID) -> Work | None:
    """Whoever's it is: for pages that know by their own means who may see it."""
    return session().get(Work, work_id, populate_existing=True)


def own(owner: str, work_id: uuid.UUID) -> Work | None:
    """The owner's work of this id, as it is now; others' is as good as absent."""
    return session().scalar(select(Work).where(Work.id == work_id, Work.owner == owner)
                            .execution_options(populate_existing=True))


def _set(work_id: uuid.UUID, **values: Any) -> None:
    with transaction() as s:
        s.execute(update(Work).where(Work.id == work_id, Work.state.in_(("waiting", "running")))
                  .values(moved_at=clock.now(), **values))
