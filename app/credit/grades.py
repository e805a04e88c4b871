"""A citizen's grade: fresh before anything is decided by it, and shown to the citizen as it is."""

import secrets
import time

from app.consent import checking, registering
from app.consent.errors import ConsentRequired
from app.credit import asking, keeping
from app.credit.errors import PlatformRefused, PlatformUnavailable
from app.credit.keeping import Grade
from app.gateways.access import platform
from app.gateways.platform.failures import Passing, Permanent
from app.identity.queries import Citizen
from app.kernel.db import end_reads, refuse_inside_transaction
from app.scenario.facts import GRADE_SCOPE

ATTEMPTS = 2
BACK_OFF_S = 0.5  # INTERNAL is tried again "with back-off": half a second to a whole one is what a person waits for
QUICK_S = 3.0  # a failure that took longer is not tried again while a person waits

latest = keeping.latest
repaired_at = keeping.repaired_at
sweep = asking.sweep


def freshen(citizen: Citizen, scenario: str, recipient_id: str) -> None:
    """See to it that a grade is kept that holds now; asks the platform only where none does. Not in transactions.

    `recipient_id` is the provider's USCC. Raises ConsentRequired, PlatformUnavailable.
    """
    refuse_inside_transaction()
    for attempt in range(1, asking.LATE_ATTEMPTS + 1):
        consent = checking.live(citizen.id, GRADE_SCOPE, scenario, recipient_id)
        if consent is None:
            raise ConsentRequired(scope=GRADE_SCOPE)
        if keeping.fresh(citizen.id):
            return
        began = time.monotonic()
        try:
            registering.ensure_registered(consent.id)
            platform().ready("grade")  # what can't leave is no look, and isn't written down as one
            look = asking.begin(citizen.id, scenario, recipient_id)
            if look is None:
                asking.wait(citizen.id)
                if attempt >= ATTEMPTS:
                    break
            else:
                asking.ask(citizen, look)
        except Passing as failure:
            most = asking.LATE_ATTEMPTS if failure.code == asking.LATE else ATTEMPTS
            if attempt >= most or failure.retry_after_s is not None or time.monotonic() - began > QUICK_S:
                raise PlatformUnavailable(retry_after=failure.retry_after_s) from None
            if failure.code == "INTERNAL":
                end_reads()
                time.sleep(BACK_OFF_S * (1 + secrets.randbelow(1001) / 1000))
        except Permanent:
            raise PlatformRefused from None
    if not keeping.fresh(citizen.id):
        raise PlatformUnavailable


def own(citizen: Citizen) -> Grade:
    """What the citizen is shown: the fresh one, or while the platform is away the last one, marked stale.

    Under whichever consent to reading the grade lives. Raises ConsentRequired, PlatformUnavailable.
    """
    consent = checking.any_live(citizen.id, GRADE_SCOPE)
    if consent is None:
        raise ConsentRequired(scope=GRADE_SCOPE)
    away: PlatformUnavailable | None = None
    try:
        freshen(citizen, consent.scenario, consent.recipient_id)
    except PlatformUnavailable as no:
        away = no
    kept = latest(citizen)
    if kept is None:
        raise away or PlatformUnavailable
    return kept
