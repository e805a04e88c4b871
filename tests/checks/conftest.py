"""The counter of a public body with two incentives, and people who come to it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import cast
from tests.benefits import ground
from tests.cast import SignedIn
from tests.contract.scene import FAST
from tests.merchant_api.conftest import till_of  # noqa: F401 (a fixture)
from tests.merchant_api.till import Till

TITLE, BETTER = "容缺受理", "绿色通道"


@pytest.fixture
def body(app: Any, sandbox: Any, till_of: Callable[..., Till]) -> Till:  # noqa: F811 (the fixture)
    """From grade A on documents may follow; from AAA on there is a faster way."""
    sandbox.control("POST", "/reset", {"authorizations": True})
    made = till_of(3, "public_body")
    with app.app_context():
        for title, grade in ((TITLE, "A"), (BETTER, "AAA")):
            ground.offer(scenario="fast_track", terms={**FAST, "min_grade": grade, "accept_outstanding": False},
                         mchid=made.mchid, title=title, value_fen=0)
    return made


def ask(body: Till, number: str = "C-1", **more: Any) -> dict[str, Any]:
    """The answer to a check that was asked for."""
    answer = body.post("/v3/xinyi/checks", {"out_check_no": number, "matter": "个体工商户设立登记", **more})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json  # type: ignore[assignment]
    return told


def comes(app: Any, sandbox: Any, person: cast.Person) -> SignedIn:
    """This person with a telephone in hand."""
    return cast.verified(app.test_client(), sandbox, person)


def agreements(me: SignedIn, code: str) -> list[dict[str, str]]:
    """To everything that the check needs."""
    names = ("scenario", "scope", "text_version", "text_digest")
    return [{name: each[name] for name in names} for each in me.get(f"/api/v1/checks/{code}").json["consents"]]


def agree(me: SignedIn, code: str, consents: list[dict[str, str]] | None = None) -> Any:
    """The answer to agreeing to all that the check needs, or to these."""
    told = agreements(me, code) if consents is None else consents
    return me.post(f"/api/v1/checks/{code}/consents", {"consents": told})


def widget(app: Any, token: str, method: str = "GET", path: str = "", json: Any = None) -> Any:
    """What the widget's page is answered."""
    return app.test_client().open(f"/embed/v1/checks/current{path}", method=method, json=json,
                                  headers={"Authorization": f"Check {token}"})
