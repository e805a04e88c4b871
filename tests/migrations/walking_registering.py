"""A minor with a guardian, and a transfer that the neighbours ask for: what migrations have to carry."""

from flask import Flask

from app.kernel import clock
from app.volunteers import registering, transferring
from tests.migrations.walking_league import scope
from tests.volunteers import league


def walk(app: Flask) -> None:
    """Of the demo's two counties."""
    with app.app_context():
        told = league.person("示例少年", league.number(15, serial=61), guardian=league.guardian(),
                             agreed_on=clock.today())
        registering.enrol(scope("registrar"), told)
        transferring.ask(scope("west.registrar"), told.name, told.id_number, "就读学校变更")
