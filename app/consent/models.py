"""What a citizen agreed to: one scope, purpose, scenario and recipient each, never bundled."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Consent(Base):
    """At most one live consent for a citizen, scope, scenario and recipient.

    `authorization_no` is ours (told to the platform), `authorization_id` the platform's answer; both stay
    empty for scopes that are not the platform's (`volunteer.read`). `registering_at` is written before the
    first call that registers it: where it is empty, the platform can't know of this consent. `refused_code`
    says that the platform will not register it.
    """

    __tablename__ = "consents"
    __table_args__ = (
        Index("uq_consents_live", "citizen_id", "scope", "scenario", "recipient_id", unique=True,
              postgresql_where=text("withdrawn_at IS NULL AND ended_at IS NULL")),
        CheckConstraint("valid_to > valid_from", name="period"),
    )
    id: Mapped[Id]
    citizen_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("citizens.id"), index=True)
    scope: Mapped[str]  # grade.read | usage.report | volunteer.read
    purpose: Mapped[str]
    scenario: Mapped[str]
    recipient_id: Mapped[str]  # "platform", or the provider's USCC
    recipient: Mapped[str]  # the name that was shown
    text_version: Mapped[str]
    text_digest: Mapped[str]  # SHA-256 hex of the exact text shown
    text: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(default=clock.now)
    valid_to: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]  # citizen | platform | erasure
    ended_at: Mapped[datetime | None]  # set by the scheduler after valid_to, or where a newer text replaced it
    authorization_no: Mapped[str | None] = mapped_column(unique=True)
    authorization_id: Mapped[str | None] = mapped_column(index=True)
    registering_at: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]
    refused_code: Mapped[str | None]

    def live(self, at: datetime) -> bool:
        return self.withdrawn_at is None and self.ended_at is None and self.valid_from <= at < self.valid_to

    @property
    def status(self) -> str:
        """What the citizen reads: active, withdrawn or expired (by time, or replaced by a newer text)."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "active" if self.live(clock.now()) else "expired"

    @property
    def registration(self) -> str:
        """How far the platform knows of it: local (not its scope), pending, registered or refused."""
        if self.authorization_no is None:
            return "local"
        if self.authorization_id is not None:
            return "registered"
        return "refused" if self.refused_code is not None else "pending"
