"""Aggregates for everybody."""

from typing import Any

from flask.typing import ResponseReturnValue

from app.console.parts import Chart
from app.console.portal import counting
from app.console.portal.answering import PublicPages, shown
from app.kernel.guarding import public
from app.kernel.small_cells import OTHER, Cell
from app.scenario.access import scenarios
from app.staff import organising

pages = PublicPages("statistics")


@pages.get("")
@public
def index() -> ResponseReturnValue:
    told, names = counting.figures(), {**organising.names_by_region(), OTHER: "其他地区"}
    called = {each.id: each.manifest.name for each in scenarios().values()}
    charts = [
        _people("各地登记志愿者（人）", told.cells["cities"], lambda label: names.get(label, label)),
        _people("星级志愿者（人）", told.cells["stars"], lambda label: label if label == OTHER else f"{label} 星"),
        _chart("近十二个月志愿服务", told.cells["months"], str, "服务人数", "服务时长（小时）"),
        _chart("近一年“信易+”使用", told.cells["scenarios"], lambda label: called.get(label, label), "使用人数",
               "使用次数")]
    return shown("statistics.html", title="统计", charts=[each for each in charts if each.labels], day=told.day)


def _people(title: str, cells: list[Cell], named: Any) -> Chart:
    return Chart(title, [named(each.label) for each in cells], {"人数": [each.people for each in cells]})


def _chart(title: str, cells: list[Cell], named: Any, people: str, amount: str) -> Chart:
    return Chart(title, [named(each.label) for each in cells],
                 {people: [each.people for each in cells], amount: [each.amount for each in cells]})
