"""Each call of ours as somebody brings it about, how it goes on after a bad day, and what must have come of it.

`attempt` is the application's own verb or door; it may say "later", never a wrong no. `effects` looks at both sides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.credit.models import CreditQuery, CreditReport
from app.feedback import feeding_back, initiative_queries, initiatives, reconciling, responding, sending
from app.gateways.platform.failures import PlatformFailure
from app.kernel import clock
from app.kernel.db import session
from app.outbox import sending as outbox
from app.volunteers.red_list import queries as red_list_queries
from app.volunteers.red_list import sharing as red_list
from tests import cast
from tests.benefits import ground as benefits
from tests.cast import Person, SignedIn
from tests.drill.province import marked_papers
from tests.feedback import ground as feedback
from tests.feedback.bad_days import no_hold

ORDINARY = "普通办理方式"
PAPERS = text("SELECT authorization_id FROM consents WHERE citizen_id = :citizen")
OPEN = text("SELECT count(*) FROM outbox WHERE topic = :topic AND state <> 'done'")
NEVER_LEFT = {"LATE", "CIRCUIT_OPEN", "OUR_RATE"}
ACTOR = "staff:chen"


@dataclass
class Ground:
    """What every way stands on. `people` counts those who moved in."""

    app: Any
    sandbox: Any
    offer: Any  # for outstanding young volunteers
    rental: Any  # from grade A on
    people: int = 0

    def newcomer(self, verified: bool = True) -> SignedIn:
        self.people += 1
        papers = marked_papers(self.people)
        told = self.sandbox.control("PUT", f"/people/b-{self.people}", {
            **papers, "grade": "A", "red_lists": [benefits.OUTSTANDING]})
        person = Person(told["key"], told["name"], told["id_number"], told["phone"], "A")
        cast.EVERYBODY[person.key] = person
        client = self.app.test_client()
        return (cast.verified if verified else cast.sign_in)(client, self.sandbox, person)

    def agreed(self, offer: Any) -> SignedIn:
        """Somebody who agreed to all that the offer needs; registered at the platform."""
        me = self.newcomer()
        self.agrees(me, offer)
        self.drain()
        return me

    def agrees(self, me: SignedIn, offer: Any) -> list[Any]:
        needs = me.get(f"/api/v1/offers/{offer.id}").json["needs"]["consents"]
        words = ("scope", "text_version", "text_digest")
        answers = [me.post("/api/v1/consents", {"offer_id": str(offer.id), **{name: need[name] for name in words}})
                   for need in needs]
        assert all(answer.status_code == 201 for answer in answers)
        return [answer.json for answer in answers]

    def drain(self) -> None:
        """Every wait is over; what is owed is tried once."""
        with self.app.app_context():
            feedback.pass_backoff()
            outbox.drain()

    def no_hold(self) -> None:
        """Windows that were announced have passed, and breakers are closed."""
        with self.app.app_context():
            no_hold()

    def theirs(self, what: str) -> Any:
        return self.sandbox.control("GET", f"/platform/{what}")["items"]

    def papers_of(self, me: SignedIn) -> list[Any]:
        return [paper for paper in self.theirs("authorizations") if paper["person"] == me.person.key]


class Way:
    """`attempt` says whether it is done; `effects` what is wrong, in words."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def attempt(self) -> bool:
        raise NotImplementedError

    def effects(self) -> list[str]:
        raise NotImplementedError


def later(answer: Any, done: int) -> bool:
    """Done, or told to come back and that the ordinary way is open: a fault never says no."""
    if answer.status_code == done:
        return True
    assert (answer.status_code, answer.json["code"]) == (503, "PLATFORM_UNAVAILABLE"), answer.text
    assert ORDINARY in answer.json["detail"]
    assert "reasons" not in answer.json
    return False


def open_messages(ground: Ground, topic: str) -> int:
    with ground.app.app_context():
        return int(session().execute(OPEN, {"topic": topic}).scalar_one())


class Identity(Way):
    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.me, self.asked = ground.newcomer(verified=False), 0

    def attempt(self) -> bool:
        self.asked += 1
        return later(self.me.put("/api/v1/me/identity", json=self.me.person.papers), 200)

    def effects(self) -> list[str]:
        seen = [each["what"] for each in self.me.get("/api/v1/me/access-log").json["items"]]
        theirs = {each["result"] for each in self.ground.theirs("verifications")
                  if each["person"] == self.me.person.key}
        return differing(lines=(seen.count("identity.verify"), self.asked), bound=(seen.count("identity.bind"), 1),
                         results=(theirs, {"match"}))


class Registration(Way):
    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.me = ground.newcomer()
        self.consents = ground.agrees(self.me, ground.rental)

    def attempt(self) -> bool:
        self.ground.drain()
        return len(self.ours()) == 2

    def ours(self) -> set[str]:
        with self.ground.app.app_context():
            from_rows = session().execute(PAPERS, {"citizen": self.me.citizen_id}).all()
        return {row[0] for row in from_rows if row[0]}

    def effects(self) -> list[str]:
        theirs = self.ground.papers_of(self.me)
        return differing(ids=({paper["authorization_id"] for paper in theirs}, self.ours()), count=(len(theirs), 2),
                         status=({paper["status"] for paper in theirs}, {"active"}))


class Revocation(Way):
    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.me = ground.newcomer()
        consents = ground.agrees(self.me, ground.rental)
        ground.drain()
        for consent in consents:
            assert self.me.post(f"/api/v1/consents/{consent['id']}/withdrawal").status_code == 200

    def attempt(self) -> bool:
        self.ground.drain()
        return open_messages(self.ground, "authorization.revoke") == 0

    def effects(self) -> list[str]:
        theirs = self.ground.papers_of(self.me)
        no = self.me.get("/api/v1/me/credit-grade").json["code"]
        return differing(status=([paper["status"] for paper in theirs], ["revoked"] * 2),
                         asked=(no, "CONSENT_REQUIRED"))


class Look(Way):
    """Each attempt is a look: recorded before it leaves, seen by its citizen, and never repeated in silence."""

    kind = ""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.before = self.turned()
        self.me = ground.agreed(ground.rental)

    def turned(self) -> int:
        return sum(each["call"].startswith("POST /credit-") for each in self.ground.theirs("turned-away"))

    def effects(self) -> list[str]:
        with self.ground.app.app_context():
            rows = session().query(CreditQuery).filter_by(citizen_id=self.me.citizen_id, kind=self.kind).all()
        theirs = [each for each in self.ground.theirs("queries") if each["person"] == self.me.person.key]
        seen = [each["what"] for each in self.me.get("/api/v1/me/access-log?limit=50").json["items"]]
        left = [row for row in rows if row.failure not in NEVER_LEFT]
        answered = {row.query_no for row in rows if row.state == "answered"}
        return differing(lines=(seen.count(f"{self.kind}.query"), len(rows)),
                         records=(len(theirs) + self.turned() - self.before, len(left)), answered=(len(answered), 1),
                         known=(answered - {each["query_no"] for each in theirs}, set()))


class Grade(Look):
    kind = "grade"

    def attempt(self) -> bool:
        answer = self.me.post(f"/api/v1/offers/{self.ground.rental.id}/decisions", {})
        if not later(answer, 200):
            return False
        assert answer.json["eligible"] is True, f"a wrong no: {answer.json}"
        return True


class Report(Look):
    kind = "report"

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        need = self.me.get("/api/v1/me/credit-reports/consent").json
        words = {name: need[name] for name in ("text_version", "text_digest")}
        assert self.me.post("/api/v1/me/credit-reports/consent", words).status_code == 201
        ground.drain()

    def attempt(self) -> bool:
        return later(self.me.post("/api/v1/me/credit-reports", {}), 201)

    def effects(self) -> list[str]:
        with self.ground.app.app_context():
            kept = session().query(CreditReport).filter_by(citizen_id=self.me.citizen_id).count()
        return [*super().effects(), *differing(kept=(kept, 1))]


class Batch(Way):
    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        offer = feedback.voucher(ground.app)
        self.me = ground.agreed(offer)
        self.numbers = feedback.use(ground.app, self.me.citizen_id, offer, 3)
        with ground.app.app_context():
            feedback.pass_backoff()

    def attempt(self) -> bool:
        with self.ground.app.app_context():
            feedback.pass_backoff()
            sending.work()
            states = feedback.states()
        return {states.get(number) for number in self.numbers} == {"accepted"}

    def effects(self) -> list[str]:
        theirs = [each for each in self.ground.theirs("usages") if each["person"] == self.me.person.key]
        usages = self.me.get("/api/v1/usages?limit=100").json["items"]
        return differing(records=(sorted(each["record_no"] for each in theirs), sorted(self.numbers)), receipts=(
            {each["usage_no"]: each["receipt_no"] for each in usages},
            {each["record_no"]: each["receipt_no"] for each in theirs}))


class Reconciliation(Way):
    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.use = Batch(ground)
        assert self.use.attempt()
        self.day = self.use.ground.theirs("usages")[-1]["day"]

    def attempt(self) -> bool:
        with self.ground.app.app_context():
            try:
                self.result = reconciling.reconcile(clock.today())
            except PlatformFailure:
                return False
            self.told = (self.result.state, self.result.ours_count, self.result.theirs_count)
        return True

    def effects(self) -> list[str]:
        there = len(self.ground.theirs("usages"))
        return [*self.use.effects(), *differing(day=(self.told, ("incomplete", there, there)))]


class Listing(Way):
    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.me, today = ground.newcomer(), clock.today()
        self.number, papers = f"JX-B{ground.people}", self.me.person
        entry = red_list.NewEntry(self.number, papers.name, papers.id_number, "共青团江西省委员会", "赣青发〔2026〕1号",
                                  today - timedelta(days=20), today - timedelta(days=10), today,
                                  today + timedelta(days=300))
        with ground.app.app_context():
            red_list.list_entry(entry, ACTOR)

    def attempt(self) -> bool:
        self.ground.drain()
        with self.ground.app.app_context():
            session().expire_all()
            row = red_list_queries.by_no(self.number)
            return row is not None and row.revision == row.answered_revision

    state = "listed"

    def effects(self) -> list[str]:
        theirs = [each["status"] for each in self.ground.theirs("red-lists") if each["entry_no"] == self.number]
        return differing(entry=(theirs, [self.state]))


class Delisting(Listing):
    state = "delisted"

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        assert self.attempt()
        with ground.app.app_context():
            red_list.delist(self.number, "本人申请退出", ACTOR)


class Polling(Way):
    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        ground.people += 1
        self.number = f"I-B{ground.people}"
        ground.sandbox.control("POST", "/platform/initiatives", {"initiative_no": self.number})

    def attempt(self) -> bool:
        with self.ground.app.app_context():
            no_hold()
            initiatives.poll(at_once=True)
            polled = initiative_queries.polling()
            return polled is not None and polled.last_error is None

    def ours(self) -> Any:
        with self.ground.app.app_context():
            return initiative_queries.whole(self.number)

    def effects(self) -> list[str]:
        told = next(each for each in self.ground.theirs("initiatives") if each["initiative_no"] == self.number)
        return differing(title=(self.ours().listed.initiative.title, told["title"]))


class Responding(Polling):
    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        assert super().attempt()
        with ground.app.app_context():
            responding.accept(self.number, [ground.offer.code], ACTOR)

    def attempt(self) -> bool:
        self.ground.drain()
        return bool(self.ours().listed.response.state == "answered")

    def effects(self) -> list[str]:
        told = next(each for each in self.ground.theirs("initiatives") if each["initiative_no"] == self.number)
        said = told["response"] or {}
        return differing(response=(said.get("response"), "accepted"),
                         measures=(said.get("measures"), [self.ground.offer.code]))


class FeedingBack(Responding):
    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        assert super().attempt()
        self.period = f"{clock.today():%Y-%m}"
        with ground.app.app_context():
            feeding_back.feed_back(self.number, self.period)

    def attempt(self) -> bool:
        self.ground.drain()
        return all(each.answered_revision == each.revision for each in self.ours().feedbacks)

    def effects(self) -> list[str]:
        told = next(each for each in self.ground.theirs("initiatives") if each["initiative_no"] == self.number)
        return [*super().effects(), *differing(months=([each["period"] for each in told["feedbacks"]], [self.period]))]


def differing(**pairs: tuple[Any, Any]) -> list[str]:
    """What isn't as it should be: name=(is, should be)."""
    return [f"{name}: {found!r}, not {wanted!r}" for name, (found, wanted) in pairs.items() if found != wanted]


WAYS: dict[str, Callable[[Ground], Way]] = {
    "identity": Identity, "authorization": Registration, "revocation": Revocation, "grade": Grade, "report": Report,
    "batch": Batch, "reconciliation": Reconciliation, "red_list": Listing, "red_list_removal": Delisting,
    "initiatives": Polling, "initiative_response": Responding, "initiative_feedback": FeedingBack}
