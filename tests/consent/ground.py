"""Citizens of the sandbox and their consents, made by verbs, for tests of consent and credit."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from app.consent import granting, needs, registering
from app.consent.needs import Need
from app.consent.queries import Consent
from app.identity import queries, sealing
from app.identity.models import Citizen
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.ids import new_id
from tests.cast import Person

USCC, SHOP = "91360100MADEM00013", "赣江畔共享租借"
OTHER_USCC, OTHER_SHOP = "91360100MADEM00026", "青年之家书咖"
FACT = {"grade.read": "credit.grade", "volunteer.read": "volunteer.hours"}


def citizen(person: Person) -> Citizen:
    """This person as a verified citizen."""
    made = Citizen(id=new_id(), openid_index=sealing.openid_index(f"o-{person.key}"),
                   identity_index=sealing.identity_index(person.id_number), verified_at=clock.now())
    made.data_key = sealing.new_key(made.id)
    made.name_sealed = sealing.seal_for(made, sealing.NAME, person.name.encode())
    made.id_number_sealed = sealing.seal_for(made, sealing.ID_NUMBER, person.id_number.encode())
    made.openid_sealed = sealing.seal_for(made, sealing.OPENID, f"o-{person.key}".encode())
    with transaction() as s:
        s.add(made)
    return made


def need(scope: str = "grade.read", uscc: str = USCC, name: str = SHOP, scenario: str = "rental") -> Need:
    """What an offer of this provider asks for in this scope."""
    facts = frozenset({FACT[scope]} if scope in FACT else set())
    return next(each for each in needs.needs_for(facts, scenario, uscc, name) if each.scope == scope)


def agreed(who: Citizen, scope: str = "grade.read", uscc: str = USCC, name: str = SHOP) -> Consent:
    """The citizen's consent to that."""
    asked = need(scope, uscc, name)
    return granting.grant(who, asked, asked.text_version, asked.text_digest)


def registered(who: Citizen, scope: str = "grade.read", uscc: str = USCC, name: str = SHOP) -> Consent:
    """The same, and the platform knows of it."""
    consent = agreed(who, scope, uscc, name)
    registering.ensure_registered(consent.id)
    return consent


def again(who: Citizen) -> Citizen:
    """The citizen as this thread's session has them."""
    found = queries.get(who.id)
    assert found is not None
    return found


def in_context(app: Any, work: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    """`work` in an application context of its own, and so on a connection of its own: for threads."""

    @functools.wraps(work)
    def run() -> Any:
        with app.app_context():
            return work(*args)

    return run


@contextmanager
def changed(place: Any, name: str, value: Any) -> Iterator[None]:
    """A setting or a function as another, for as long as this lasts: to break things on purpose."""
    before = getattr(place, name)
    setattr(place, name, value)
    try:
        yield
    finally:
        setattr(place, name, before)
