"""Two people on the way to the list: one objected to, one listed and heard: what migrations have to carry."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from app.kernel import clock
from app.kernel.db import transaction
from app.volunteers.outstanding import exiting, listing, objecting, publicising
from app.volunteers.outstanding.models import Nomination
from tests.benefits import ground
from tests.volunteers import outstanding_ground as made


def walk(app: Flask) -> None:
    with app.app_context():
        tree = made.league()
        campaign = made.campaign(tree)
        first, second = [made.at(tree, campaign, made.volunteer(each), each, "publicised")
                         for each in (ground.person(881), ground.person(882))]
        words = objecting.Words("据我了解，其服务时长的记录与实际不符。", "示例来信人")
        objecting.object_publicly(first.id, words, None)
        with transaction() as s:
            s.execute(update(Nomination).where(Nomination.id == second.id).values(
                publicised_from=clock.today() - timedelta(days=20), publicised_to=clock.today() - timedelta(days=1)))
        publicising.close_due()
        officer, today = tree.who("province", "list_officer"), clock.today()
        listing.put(officer, second.id, listing.Entry("示例团发〔2026〕1号", today, today + timedelta(days=30)))
        exiting.open_hearing(officer, second.id, "服务记录经查不实", "评定办法第十二条")
