"""Run beside the stack: `python -m tests.journeys.league_staff < {"name", "id_number"}` in its environment.

Makes whom a story of the League needs and the demo has not, each at their place of the demo's tree: reviewers of the
county, the city and the province, two list officers; and registers this person as a volunteer with 625 hours. Prints
{place: {login, password, totp_secret}, "volunteer_no": …}.
"""

import json
import sys
from typing import Any

import config
from app.factory import create_app
from app.staff import organising
from tests.staff.people import PASSWORD, person
from tests.volunteers import outstanding_ground

PLACES = (("county-registrar", "county", "registrar"), ("county", "county", "reviewer"), ("city", "city", "reviewer"),
          ("province", "province", "reviewer"), ("first", "province", "list_officer"),
          ("second", "province", "list_officer"))


def main() -> None:
    who = json.load(sys.stdin)
    with create_app(config.load()).app_context():
        tree = organising.subtree("/")
        told: dict[str, Any] = {}
        for name, level, role in PLACES:
            where = next(each for each in tree if each.level == level)
            made = person(role, organisation_id=where.id)
            told[name] = {"login": made.login, "password": PASSWORD, "totp_secret": made.secret}
        county = next(each for each in tree if each.level == "county")
        volunteer = outstanding_ground.registered(who["name"], who["id_number"], county.region)
        told |= {"volunteer_no": volunteer.volunteer_no, "county": told["county"], "county_id": str(county.id)}
        print(json.dumps(told))


if __name__ == "__main__":
    main()
