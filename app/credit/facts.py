"""What rules may read of a citizen's credit, from the kept grade; nothing is asked here."""

from app.credit import keeping
from app.credit.errors import PlatformUnavailable
from app.credit.keeping import Grade
from app.identity.queries import Citizen

OUTSTANDING = "outstanding_youth_volunteer"


def facts(citizen: Citizen) -> dict[str, object]:
    """{"credit.grade", "credit.red_lists", "volunteer.outstanding"}. Raises PlatformUnavailable where none holds now:
    freshen first; what isn't known is never a no.
    """
    return facts_and_restriction(citizen)[0]


def facts_and_restriction(citizen: Citizen) -> tuple[dict[str, object], bool]:
    """Both in one look: the facts, and `restricted`, which no rule of a scenario reads."""
    kept = _fresh(citizen)
    return _facts(kept), kept.restricted


def _facts(kept: Grade) -> dict[str, object]:
    return {"credit.grade": kept.grade, "credit.red_lists": list(kept.red_lists),
            "volunteer.outstanding": OUTSTANDING in kept.red_lists}


def restricted(citizen: Citizen) -> bool:
    """Whether a list of seriously dishonest subjects in force names the citizen. Raises PlatformUnavailable."""
    return _fresh(citizen).restricted


def _fresh(citizen: Citizen) -> Grade:
    kept = keeping.latest(citizen)
    if kept is None or kept.stale:
        raise PlatformUnavailable
    return kept
