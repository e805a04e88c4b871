"""Running a scenario's life table: the one way in which an entitlement changes its state."""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.benefits import needing, quotas, usages, valuing
from app.benefits.errors import WrongState
from app.benefits.models import Entitlement, Offer, Step
from app.benefits.needing import SAID_NOTHING, Said
from app.benefits.usages import Use
from app.kernel import clock
from app.kernel.db import append, need_transaction, session
from app.scenario import life as table
from app.scenario.access import scenarios
from app.scenario.contract import After, Move, Need, Role
from app.scenario.scenario import Scenario, Terms

Hook = Callable[[Entitlement, Move], None]
AFTER: dict[str, Hook] = {}


def after(name: str) -> Callable[[Hook], Hook]:
    """Register what a package above does once a move is made, within its transaction."""

    def register(hook: Hook) -> Hook:
        AFTER[name] = hook
        return hook

    return register


def move(entitlement: Entitlement, move_name: str, by: Role, *, note: str | None = None,
         use: Use | None = None, said: Said = SAID_NOTHING) -> Move:
    """Make one move of the table; the caller holds the entitlement's row lock.

    Writes the step, state, `final`, when the clock is next due, and what the move promises: the usage with
    its outbox message, the place in the quota, the value in the ledger. `said` is what the mover told (`Need`).
    Raises WrongState where the table has no such move from here, NotReady where something that it needs isn't there.
    """
    need_transaction()
    scenario = scenarios()[entitlement.scenario]
    try:
        found = table.find(scenario.life, entitlement.state, move_name, by)
    except table.NotAllowed:
        raise WrongState(state=entitlement.state) from None
    moment = clock.now()
    needing.check(entitlement, scenario, found, said, moment)
    append(Step, entitlement_id=entitlement.id, move=found.name, source=entitlement.state, target=found.target,
           by=by.value, note=note, at=moment)
    _enter(entitlement, scenario, found, said, moment)
    if use is not None and use.redemption is not None:
        valuing.used(entitlement, use.redemption)
    if found.releases_quota:
        valuing.released(entitlement)
        quotas.give_back(entitlement)
    if found.report is not None:
        usages.report(entitlement, found.report, use, moment)
    session().flush()
    for hook in AFTER.values():
        hook(entitlement, found)
    return found


def begin(entitlement: Entitlement, scenario: Scenario) -> None:
    """Put a new entitlement into its start state and set its first timer; for claiming, before add()."""
    entitlement.state = scenario.life.start
    entitlement.final = table.is_final(scenario.life, entitlement.state)
    _wind(entitlement, scenario, clock.now())


def allowed(entitlement: Entitlement, role: Role) -> frozenset[str]:
    """The names of the moves that `role` may make now; what they need is not looked at."""
    life = scenarios()[entitlement.scenario].life
    return frozenset(each.name for each in table.next_moves(life, entitlement.state, role))


def last_moment(scenario: Scenario, offer: Offer, terms: Terms, moment: datetime) -> datetime:
    """Until when what comes into hand at `moment` can be used; that moment itself no longer counts."""
    ends = min(offer.closes_at, moment + timedelta(days=offer.valid_days))
    return scenario.valid_to(terms, moment.astimezone(clock.SHANGHAI), ends)


def run_out(entitlement: Entitlement, moment: datetime) -> bool:
    """Whether the clock has a move to make that the scheduler hasn't come to yet: the date decides."""
    return entitlement.due_at is not None and entitlement.due_at <= moment


def _enter(entitlement: Entitlement, scenario: Scenario, found: Move, said: Said, moment: datetime) -> None:
    if Need.DUE in found.needs and said.due is not None:
        entitlement.promised_at = clock.day_end(said.due)
    elif found.due is not None:
        entitlement.promised_at = table.span_end(found.due, entitlement.terms, moment,
                                                 needing.working_days_on)
    entitlement.state = found.target
    entitlement.final = table.is_final(scenario.life, found.target)
    if found.target == scenario.life.start:  # it came back: its time to be used begins anew
        offer = session().get_one(Offer, entitlement.offer_id)
        entitlement.valid_to = last_moment(scenario, offer, entitlement.terms, moment)
    _wind(entitlement, scenario, moment)


def _wind(entitlement: Entitlement, scenario: Scenario, moment: datetime) -> None:
    """Write down when the clock next has something to do with this entitlement."""
    moments = {After.ENTERED: moment, After.VALID_TO: entitlement.valid_to}
    if entitlement.promised_at is not None:
        moments[After.DUE_AT] = entitlement.promised_at
    due = table.next_timer(scenario.life, entitlement.state, entitlement.terms, moments,
                           needing.working_days_on)
    entitlement.due_at, entitlement.due_move = (due[0], due[1].move) if due else (None, None)
