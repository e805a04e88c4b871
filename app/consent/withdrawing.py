"""Taking a consent back: at once, in one transaction, and followed by no query, not even one under way."""

import time
import uuid
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from app.consent import queries
from app.consent.errors import ConsentNotFound
from app.consent.models import Consent
from app.identity import queries as citizens
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import end_reads, session, transaction
from app.kernel.settings import settings
from app.outbox import putting
from app.trail import writing as trail

Hook = Callable[[Consent], None]
Quiet = Callable[[uuid.UUID], bool]
AFTER: dict[str, Hook] = {}
QUIET: dict[str, Quiet] = {}
POLL_S, LONGEST_WAIT_S = 0.02, 10.0


def after(name: str) -> Callable[[Hook], Hook]:
    """Register what a package above does, within the transaction, once a consent has ended."""

    def register(hook: Hook) -> Hook:
        AFTER[name] = hook
        return hook

    return register


def quiet(name: str) -> Callable[[Quiet], Quiet]:
    """Register how a package above says that nothing is under way under this consent."""

    def register(check: Quiet) -> Quiet:
        QUIET[name] = check
        return check

    return register


def withdraw(citizen: Citizen, consent_id: uuid.UUID) -> Consent:
    """Take it back; again gives the same. When this returns, no query under it can still arrive anywhere.

    Raises ConsentNotFound, also where it is somebody else's.
    """
    with transaction():
        citizens.lock(citizen.id)
        consent = _locked(consent_id)
        if consent is None or consent.citizen_id != citizen.id:
            raise ConsentNotFound
        if consent.live(clock.now()):
            _take_back(consent, "citizen", "本人撤回授权")
    wait_until_quiet(consent.id)
    return consent


def by_platform(authorization_id: str, revoked_at: datetime) -> Consent | None:
    """The citizen withdrew at the platform (which therefore isn't told). None where the id isn't known here.

    Inside a caller's transaction the caller waits for quiet itself, after its commit.
    """
    with transaction():
        known = queries.by_authorization(authorization_id)
        if known is None:
            return None
        citizens.lock(known.citizen_id)
        consent = _locked(known.id)
        if consent is not None and consent.live(clock.now()):
            _take_back(consent, "platform", f"本人于 {clock.rfc3339(revoked_at)} 在{settings().PLATFORM_NAME}撤回授权")
    return consent


def by_erasure(citizen: Citizen) -> None:
    """All that a leaving citizen agreed to ends. Needs the erasure's transaction, with the citizen locked."""
    for consent in queries.all_of(citizen.id):
        locked = _locked(consent.id)
        if locked is not None and locked.live(clock.now()):
            _take_back(locked, "erasure", "本人注销")


def ended(consent: Consent) -> None:
    """What follows in the packages above when a consent has ended in any way; within its transaction."""
    for hook in AFTER.values():
        hook(consent)


def wait_until_quiet(consent_id: uuid.UUID, longest_s: float | None = None) -> None:
    """Wait for queries that had begun under this consent to be answered or given up; `longest_s` at most."""
    end = time.monotonic() + (LONGEST_WAIT_S if longest_s is None else longest_s)
    while not all(check(consent_id) for check in QUIET.values()) and time.monotonic() < end:
        end_reads()
        time.sleep(POLL_S)
    end_reads()


def _take_back(consent: Consent, by: str, why: str) -> None:
    consent.withdrawn_at, consent.withdrawn_by = clock.now(), by
    session().flush()
    actor, who = ("platform", settings().PLATFORM_NAME) if by == "platform" else ("citizen", "本人")
    trail.record(consent.citizen_id, actor=actor, who=who, what="consent.withdraw", purpose=why,
                 consent_id=consent.id, about=f"consent:{consent.id}")
    if consent.authorization_no is not None and by != "platform":
        putting.put("authorization.revoke", key=consent.authorization_no, payload={"consent_id": str(consent.id)})
    ended(consent)


def _locked(consent_id: uuid.UUID) -> Consent | None:
    return session().scalar(select(Consent).where(Consent.id == consent_id).with_for_update(key_share=True)
                            .execution_options(populate_existing=True))
