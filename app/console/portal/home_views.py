"""The portal's first page, and the scenarios with what is offered in each."""

from typing import Any

from flask.typing import ResponseReturnValue

from app.benefits import queries, showing
from app.console.portal.answering import PublicPages, listed, shown
from app.kernel.errors import NotFound
from app.kernel.guarding import public

pages = PublicPages()


@pages.get("/")
@public
def index() -> ResponseReturnValue:
    return shown("home.html", title="信易+ 公示与查询")


@pages.get("/scenarios")
@public
def scenarios() -> ResponseReturnValue:
    return shown("scenarios.html", title="信易+ 场景", scenarios=showing.scenario_list())


@pages.get("/scenarios/<scenario_id>")
@public
def scenario(scenario_id: str) -> ResponseReturnValue:
    """One of them, and what can be had now."""
    found = next((each for each in showing.scenario_list() if each["id"] == scenario_id), None)
    if found is None:
        raise NotFound
    return shown("scenario.html", title=found["name"], scenario=found,
                 listed=listed(lambda args: _offers({**args, "scenario": scenario_id})))


def _offers(args: dict[str, Any]) -> tuple[list[Any], str | None]:
    rows, cursor = queries.open_offers(args)
    return showing.offer_list(rows), cursor
