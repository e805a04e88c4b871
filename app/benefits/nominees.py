"""What the League's list and credit are to each other: the one asks the other about nominees, and is the list's source.

Both stand on one layer below this one, and know nothing of each other.
"""

from collections.abc import Mapping, Sequence

from app.credit import facts as credit
from app.credit import grades, keeping, scale
from app.credit.facts import OUTSTANDING
from app.identity import queries as citizens
from app.identity.queries import Citizen
from app.kernel.db import transaction
from app.scenario.conditions import NO_GRADE
from app.volunteers.outstanding import evaluating
from app.volunteers.outstanding import queries as nominations
from app.volunteers.red_list import sharing as red_list


class Credit:
    """For `app.volunteers.outstanding.evaluating`: the platform's answer, under the nominee's own consent."""

    def freshen(self, citizen: Citizen, scenario: str, recipient_id: str) -> None:
        """Raises ConsentRequired, PlatformUnavailable."""
        if not keeping.fresh(citizen.id):
            grades.freshen(citizen, scenario, recipient_id)

    def facts(self, citizen: Citizen) -> Mapping[str, object]:
        """{"credit.grade", "credit.graded", "credit.restricted"}. Raises PlatformUnavailable."""
        known, restricted = credit.facts_and_restriction(citizen)
        grade = known["credit.grade"]
        return {"credit.grade": grade, "credit.graded": grade != NO_GRADE, "credit.restricted": restricted}

    def scale(self) -> Sequence[str]:
        return scale.scale()


def with_the_list(citizen: Citizen, known: Mapping[str, object]) -> dict[str, object]:
    """The platform's facts with the League's own word on its list in the place of what the platform heard of it: who
    was listed or delisted a moment ago is so at once (decision 0223).
    """
    word = nominations.word_on(citizen)
    if word is None:
        return dict(known)
    lists = known["credit.red_lists"]
    others = [each for each in lists if each != OUTSTANDING] if isinstance(lists, list) else []
    return {**known, "credit.red_lists": sorted([*others, OUTSTANDING] if word else others),
            "volunteer.outstanding": word}


@red_list.answered
def ask_anew(identity_index: bytes) -> None:
    """The platform has heard of it: what it told us before is asked for again at the next need."""
    with transaction():
        citizen = citizens.by_identity_index(identity_index)
        locked = None if citizen is None else citizens.lock(citizen.id)
        if locked is not None:
            keeping.drop(keeping.locked(locked.id))


evaluating.credit(Credit())
