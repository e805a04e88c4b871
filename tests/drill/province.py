"""Who lives in the province: citizens with papers of a mark, the demo merchants, staff, and the sandbox."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import requests

import config
from app.factory import create_app
from app.identity.numbers import check_digit
from tests.cast import Person
from tests.drill.patience import CountedWire, GaveUp, PatientTill, PatientWire, Tally
from tests.journeys.walker import Walker, yes
from tests.journeys.world import World
from tests.merchant_api.till import Till
from tests.proofs import marked
from tests.sandbox_process import Sandbox
from tests.stack import Stack

PEOPLE = 9999  # as many phones as begin with the mark
SANDBOX_S = 60.0
TAKEN_S = 100.0  # the platform sends an event again after 15 s and a minute
LETTERS = str.maketrans("0123456789", "ghijklmnop")  # eleven digits in a row might be a phone, and are refused
T = TypeVar("T")


class PatientSandbox(Sandbox):
    """Control calls that wait while the sandbox is dead; only for those that may be made twice."""

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        end = time.monotonic() + SANDBOX_S
        while True:
            try:
                return super().control(method, path, body)
            except (requests.ConnectionError, requests.Timeout):
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)


class Citizen(Walker):
    """`expected`: the outcomes of the uses that were acknowledged to this person or their till, in order."""

    def __init__(self, person: Person, wire: PatientWire) -> None:
        super().__init__(person, wire)
        self.expected: list[str] = []
        self.granted = 0
        self.uncertain = False  # somebody gave up in the middle, so that what is expected isn't known


class Province(World):
    """A running stack with everybody in it. `notify_url`: where merchants listen."""

    def __init__(self, stack: Stack, notify_url: str) -> None:
        super().__init__(stack)
        self.sandbox, self.at_once = PatientSandbox(stack.sandbox_url), Sandbox(stack.sandbox_url)
        self.tally, self.notify_url = Tally(), notify_url
        self.citizens: list[Citizen] = []
        self.entries: dict[str, str] = {}  # red-list entry → listed or delisted, as staff were told
        self.answered: dict[str, str] = {}  # initiative → our response
        self.fed_back: set[str] = set()
        self._lock = threading.Lock()
        self._app = create_app(config.load({**stack.env, "LOG_LEVEL": "ERROR"}))

    def settle_in(self, number: int, **facts: Any) -> Citizen:
        """A person of this number moves in, logs in, and proves who they are."""
        papers = marked_papers(number)
        told = self.sandbox.control("PUT", f"/people/d-{number}", {**papers, **facts})
        person = Person(told["key"], told["name"], told["id_number"], told["phone"], told["grade"])
        citizen = Citizen(person, PatientWire(self.stack.base_url, self.tally))
        with self._lock:
            self.citizens.append(citizen)
        self.log_in(citizen)
        assert yes(citizen.prove()) == {"verified": True}
        return citizen

    def log_in(self, citizen: Citizen) -> None:
        """A code is good once: where its answer was lost, a new one is asked for."""
        for _ in range(20):
            code = self.sandbox.control("POST", "/wechat/codes", {"person": citizen.person.key})["js_code"]
            answer = citizen.wire.open("/api/v1/sessions", "POST", json={"js_code": code})
            if answer.status_code == 201:
                told = answer.json
                citizen.headers = {"Authorization": f"Bearer {told['access_token']}"}
                citizen.citizen_id, citizen.refresh_token = told["citizen"]["id"], told["refresh_token"]
                return
        raise GaveUp(f"log in: {answer.status_code} {answer.text}")

    def till(self, number: int) -> Till:
        """A demo merchant's system that doesn't give up."""
        plain = super().till(number)
        return PatientTill(CountedWire(self.stack.base_url, self.tally), plain.mchid, plain.serial_no, plain.key,
                           plain.answers_key, plain.answers_id)

    def tells(self, kind: str, person: Person | None = None, **data: Any) -> dict[str, Any]:
        """The platform tells of something; the event once we have taken it, however often it had to be sent."""
        about, end = person.key if person else None, time.monotonic() + TAKEN_S
        before = {event["event_id"] for event in self._events(kind, about, data)}
        while time.monotonic() < end:
            if not (new := [event for event in self._events(kind, about, data) if event["event_id"] not in before]):
                self._push(kind, about, data)
            elif all(event["status"] == "taken" for event in new):
                return dict(new[0])
            time.sleep(0.3)
        raise GaveUp(kind)

    def _push(self, kind: str, about: str | None, data: dict[str, Any]) -> None:
        told = {"type": kind, "data": data, **({"person": about} if about else {})}
        try:
            self.at_once.control("POST", "/platform/events", told)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.5)  # whether it was written down is seen in a moment

    def _events(self, kind: str, about: str | None, data: dict[str, Any]) -> list[dict[str, Any]]:
        """Those of this story: others tell of the same kind at the same time."""
        items = self.sandbox.control("GET", "/platform/events")["items"]
        return [event for event in items if (event["type"], event["person"]) == (kind, about)
                and data.items() <= event["data"].items()]

    def papers(self, citizen: Citizen) -> list[str | None]:
        """The platform's ids of the citizen's live consents that it is told of; None where one isn't registered yet."""
        return [row[0] for row in self.sql(
            "SELECT authorization_id FROM consents WHERE citizen_id = %s AND withdrawn_at IS NULL", citizen.citizen_id)]

    def staff(self, act: Callable[[], T]) -> T:
        """A verb as a page of the console calls it."""
        with self._app.app_context():
            return act()

    def eventually(self, true: Callable[[], Any], what: str, seconds: float = 150.0) -> Any:
        end = time.monotonic() + seconds
        while not (answer := true()):
            if time.monotonic() > end:
                raise GaveUp(what)
            time.sleep(0.3)
        return answer


def marked_papers(number: int) -> dict[str, str]:
    """{name, id_number, phone} of made-up person `number`, which a search for the marks finds."""
    seventeen = f"{marked.NUMBER}{number % 12 + 1:02d}{number // 12 % 28 + 1:02d}{number % 1000:03d}"
    given = marked.GIVEN[number // 10 % 10] + marked.GIVEN[number % 10]
    return {"name": marked.NAME + given, "id_number": seventeen + check_digit(seventeen),
            "phone": f"{marked.PHONE}{number % (PEOPLE + 1):04d}"}


def number_of(prefix: str) -> str:
    """A number of the merchant's or of staff that nobody used."""
    return prefix + uuid.uuid4().hex[:20].translate(LETTERS)
