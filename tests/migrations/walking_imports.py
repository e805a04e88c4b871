"""A sheet of the demo's county on its way, its columns chosen by hand: what migrations have to carry."""

from flask import Flask

from app.volunteers.imports import carrying as carrying_imports
from app.volunteers.imports import importing
from app.volunteers.imports.importable import KINDS
from tests.migrations.walking_league import scope
from tests.volunteers import league, sheets


def walk(app: Flask) -> None:
    """One row, matched, written."""
    with app.app_context():
        registrar = scope("registrar")
        told = sheets.csv_of([("示例新人", league.number(serial=71))], head=("本人", "号"))
        import_id = importing.begin(registrar, KINDS["volunteers"], "名单.csv", told)
        carrying_imports.run_due()
        importing.match(registrar, import_id, {"name": 0, "id_number": 1})
        carrying_imports.run_due()
        importing.commit(registrar, import_id, "all")
        carrying_imports.run_due()
        assert sheets.now(import_id).state == "done"
