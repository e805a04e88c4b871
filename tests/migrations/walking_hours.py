"""Hours of the demo's county, doubted, confirmed, drawn and put right: what migrations have to carry."""

from datetime import timedelta

from flask import Flask

from app.kernel import clock
from app.staff.scoping import Scope, within
from app.volunteers import registering
from app.volunteers.models import Volunteer
from app.volunteers.service import confirming, entering, flagging, organising_activities, owning, sampling
from app.volunteers.service import queries as hours_queries
from app.volunteers.service.entering import ByHand
from app.volunteers.service.organising_activities import Plan
from tests.migrations.walking_league import scope
from tests.volunteers import league


def walk(app: Flask) -> None:
    """The officer enters two that overlap, the reviewer explains one, draws what was confirmed, and finds it wrong."""
    with app.app_context():
        officer, reviewer, begin = scope("east.hours"), scope("east.reviewer"), clock.now() - timedelta(hours=5)
        for each in (officer, reviewer):
            owning.tell(each, None)
        number = registered(scope("registrar"))
        made = organising_activities.make(officer, Plan("社区清洁", "示例社区", begin, begin + timedelta(hours=4),
                                                        "清扫", "没有明显风险"))
        for minutes in (60, 90):
            entering.enter(officer, made.id, ByHand(number, begin, begin + timedelta(minutes=minutes), "没有带手机"))
        with within(reviewer) as s:
            flag = s.execute(hours_queries.flags(reviewer)).first()
        assert flag is not None
        flagging.clear(reviewer, flag.id, "已核对")
        assert confirming.confirm(officer, made.id).done == 1
        drawn = sampling.draw(reviewer, clock.today(), clock.today())
        with within(reviewer):
            (item,) = hours_queries.sample_items(reviewer, drawn.id)
        sampling.find_wrong(reviewer, item.id, 30, "提前离开")


def registered(by: Scope) -> str:
    told = registering.enrol(by, league.person("示例服务者", league.number(serial=62)))
    with within(by) as s:
        found = s.get(Volunteer, told.volunteer_id)
        assert found is not None
        return found.volunteer_no
