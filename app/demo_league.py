"""Made-up volunteers of two counties and a school for `flask demo load`, with hours over two years."""

from datetime import date, timedelta
from typing import Any

from app.identity import numbers
from app.identity.sealing import identity_index
from app.kernel import clock
from app.staff import queries as staff
from app.staff.scoping import Scope
from app.volunteers import queries, registering
from app.volunteers.registering import Person
from app.volunteers.service import hours

# login of who registers, region, and each one's hours in three parts, the last of them this month
PEOPLE: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("registrar", "360102", (1560, 1020, 640, 610, 320, 305, 140, 96, 40, 12)),
    ("west.registrar", "360103", (1510, 660, 330, 150, 104, 60, 8)),
    ("school.registrar", "360102", (120, 64, 20, 4)))
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦尤许何吕施", "示例甲乙丙丁戊己庚辛壬癸"
ACTIVITIES = ("社区清洁（示例）", "老年食堂帮厨（示例）", "春运志愿服务（示例）")


def volunteers() -> list[dict[str, Any]]:
    """Whoever is missing is registered; the members of demo.json's `volunteers`: name, id_number, volunteer_no."""
    told, serial = [], 0
    for login, region, amounts in PEOPLE:
        mine = scope(login)
        for amount in amounts:
            serial += 1
            told.append(_volunteer(mine, Person(_name(serial), _number(region, serial), None, region), amount))
    return told


def _volunteer(scope: Scope, person: Person, amount: int) -> dict[str, Any]:
    known = queries.by_identity_index(identity_index(person.id_number))
    if known is None:
        made = registering.enrol(scope, person)
        for part, days in enumerate((700, 200, clock.today().day - 1)):
            hours.add(made.volunteer_id, activity=ACTIVITIES[part], served_on=clock.today() - timedelta(days=days),
                      minutes=20 * amount, source="示例团组织")
        known = queries.by_identity_index(identity_index(person.id_number))
    number = known.volunteer_no if known else ""
    return {"name": person.name, "id_number": person.id_number, "volunteer_no": number}


def scope(login: str) -> Scope:
    account = staff.by_login(login)
    place = None if account is None else staff.organisation(account.organisation_id)
    if account is None or place is None:
        raise RuntimeError("the League's demo accounts come first")
    return Scope(account.id, place.id, place.path, place.level, frozenset(staff.roles(account.id)),
                 f"staff:{account.id}")


def _name(serial: int) -> str:
    return SURNAMES[serial - 1] + GIVEN[:2] + GIVEN[2 + serial % 10]


def _number(region: str, serial: int) -> str:
    first = f"{region}{date(1996 + serial % 8, 1 + serial % 12, 1 + serial):%Y%m%d}9{serial:02d}"
    return first + numbers.check_digit(first)
