"""A seal of the demo's county and a certificate under it, issued anew: what migrations have to carry."""

from datetime import timedelta

from flask import Flask

from app.kernel import clock
from app.volunteers import registering
from app.volunteers.certificates import certifying
from app.volunteers.certificates import ending as ending_certificates
from app.volunteers.certificates.certifying import Wish
from app.volunteers.service import hours
from tests.migrations.walking_league import scope
from tests.volunteers import league
from tests.volunteers.test_certificates import ready


def walk(app: Flask) -> None:
    with app.app_context():
        officer, today = ready(scope("east.hours")), clock.today()
        told = registering.enrol(scope("registrar"), league.person("示例证明者", league.number(serial=63)))
        hours.add(told.volunteer_id, activity="社区服务", served_on=today, minutes=60, source="demo")
        made = certifying.issue(officer, told.volunteer_id, Wish(today - timedelta(days=7), today))
        ending_certificates.reissue(officer, made.id, "格式更正")
