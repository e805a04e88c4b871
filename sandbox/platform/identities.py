"""4.1: does this name fit this number (and this phone)?"""

from typing import Any

from sandbox.forms import sealed, take
from sandbox.platform.asking import Asking


def verify(asking: Asking) -> tuple[int, dict[str, Any]]:
    """`match`, `mismatch` (known number, other name or phone) or `not_found`."""
    body = take(asking.body(), {"subject": sealed}, {"phone": sealed})
    subject = asking.open_subject(body["subject"])
    phone = asking.open_phone(body["phone"]) if "phone" in body else None
    world = asking.world
    person = world.people.find(subject["id_number"])
    if person is None:
        result = "not_found"
    else:
        fits = person["name"] == subject["name"] and phone in (None, person["phone"])
        result = "match" if fits else "mismatch"
    answer = {
        "verification_no": world.state.number("verifications", "V"),
        "result": result,
        "checked_at": world.clock.stamp(),
    }
    world.state.insert(
        "verifications",
        {
            "at": world.clock.precise(),
            "verification_no": answer["verification_no"],
            "person": person["key"] if person else None,
            "result": result,
        },
    )
    return 200, answer
