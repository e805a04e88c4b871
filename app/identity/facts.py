"""What rules may read of a citizen (the whitelist's `citizen.*`)."""

from app.identity import numbers, sealing
from app.identity.models import Citizen
from app.kernel import clock


def facts(citizen: Citizen) -> dict[str, object]:
    """{"citizen.age": full years today in Shanghai, "citizen.region": six digits}; {} before the real-name check."""
    number = sealing.id_number_of(citizen)
    if number is None:
        return {}
    return {"citizen.age": numbers.age_on(number, clock.today()), "citizen.region": numbers.region_of(number)}
