"""What must hold after a drill. Each proof gives its figures, and what is wrong in words without identity data."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import requests

from tests.drill.hurting import Down
from tests.drill.patience import GaveUp
from tests.drill.province import PEOPLE, Citizen, Province
from tests.drill.settling import events
from tests.proofs import marked

NEVER_LEFT = {"LATE", "CIRCUIT_OPEN", "OUR_RATE"}
TOLD_TO_WAIT = {"MAINTENANCE", "RATE_LIMITED"}  # said by the platform, or by our own gateway that remembers it
ON_ITS_WAY = timedelta(seconds=15)  # as long as a call may take
LOOKS = ("POST /credit-grades/queries", "POST /credit-reports")
PHONE = re.compile(rb"(?<![0-9A-Za-z])" + marked.PHONE.encode() + rb"[0-9]{4}(?![0-9A-Za-z])")
SHOUTS = re.compile(rb'"(?:unhandled|job_broke|outbox_handler_broke|database_error|crew_broke)"')
FIVE_HUNDRED = re.compile(
    r'^xinyi_http_requests_total\{[^}]*endpoint="([^"]*)"[^}]*status="(5\d\d)"[^}]*\} (\S+)', re.M)


@dataclass
class Proof:
    """One line of the table."""

    name: str
    figures: str
    wrong: list[str] = field(default_factory=list)


def all_of(p: Province, downs: list[Down]) -> Iterator[Proof]:
    """Every proof, one after the other; each looks for itself."""
    proofs: list[Callable[[Province, list[Down]], Proof]] = [
        looks, lines, usages, outcomes, entitlements, papers, lists, reconciled, ledger, trail, answers, breaches,
        pushes, silence]
    for proof in proofs:
        try:
            yield proof(p, downs)
        except (AssertionError, GaveUp) as failed:
            yield Proof(proof.__name__, "not to be seen", [str(failed)[:500]])


def looks(p: Province, downs: list[Down]) -> Proof:
    """Queries at the platform = records of ours, but for those that surely or possibly never came to it."""
    ours = p.sql("SELECT authorization_id, state, query_no, failure, asked_at FROM credit_queries")
    told = p.sandbox.control("GET", "/platform/queries")
    theirs = told["items"] + told["refused"]
    turned = sum(each["call"] in LOOKS for each in p.sandbox.control("GET", "/platform/turned-away")["items"])
    held = [row for row in ours if row[3] in NEVER_LEFT]
    doubtful = [row for row in ours if row[1] == "failed" and row[3] not in NEVER_LEFT and (
        row[3] in TOLD_TO_WAIT or in_a_dark_hour(row[4], downs))]
    gone = len(ours) - len(theirs) - turned
    wrong = []
    answered = [row[2] for row in ours if row[1] == "answered"]
    if len(set(answered)) != len(answered) or not set(answered) <= {each["query_no"] for each in told["items"]}:
        wrong.append("an answer of ours isn't one of theirs")
    by_paper = Counter(each["authorization_id"] for each in theirs) - Counter(row[0] for row in ours)
    if by_paper:
        wrong.append(f"{sum(by_paper.values())} queries at the platform without a record")
    if not len(held) <= gone <= len(held) + len(doubtful):
        wrong.append(f"{gone} never came to the platform; {len(held)} surely, {len(doubtful)} more perhaps: "
                     f"{dict(Counter(str(row[3]) for row in ours if row[1] == 'failed'))}")
    if told["refused"]:
        wrong.append(f"refused there: {Counter(each['code'] for each in told['refused'])}")
    return Proof("queries", f"{len(theirs)} at the platform + {turned} turned away by a fault + {gone} that never came "
                            f"= {len(ours)} records; {len(theirs) - len(answered)} answers lost", wrong)


def in_a_dark_hour(moment: datetime, downs: list[Down]) -> bool:
    """Whether the sandbox or a web worker died while a call of this moment could be on its way."""
    return any(down.since - ON_ITS_WAY <= moment <= down.until + timedelta(seconds=1)
               for down in downs if down.what in ("sandbox", "web worker"))


def lines(p: Province, _: list[Down]) -> Proof:
    """Records = lines in the access logs, as the citizens themselves read them; and one entry of the trail each."""
    ours = Counter(str(row[0]) for row in p.sql("SELECT citizen_id FROM credit_queries"))
    seen: Counter[str] = Counter()
    for citizen in logged_in(p):
        p.log_in(citizen)
        seen[citizen.citizen_id] += sum(look["what"] in ("grade.query", "report.query") for look in citizen.looks())
    entries = p.sql("SELECT count(*), count(DISTINCT about) FROM trail_entries WHERE about LIKE 'credit_query:%%'")[0]
    other = sum((ours - seen).values()) + sum((seen - ours).values())
    wrong = [f"{other} lines more or less"] if other else []
    if entries != (sum(ours.values()),) * 2:
        wrong.append(f"entries of the trail: {entries}")
    figures = f"{sum(seen.values())} lines of {len(ours)} people = {sum(ours.values())} records"
    return Proof("lines citizens see", figures, wrong)


def usages(p: Province, _: list[Down]) -> Proof:
    """Owed = accepted, each once, the same in content, with the same receipt."""
    owed = {row[0]: row[1:] for row in p.sql(
        "SELECT u.usage_no, u.outcome, u.waived_fen, f.state, f.receipt_no FROM usages u"
        " LEFT JOIN feedbacks f ON f.usage_id = u.id")}
    told = p.sandbox.control("GET", "/platform/usages")
    theirs = {each["record_no"]: (each["outcome"], each["waived_fen"], "accepted", each["receipt_no"])
              for each in told["items"]}
    wrong = [f"{len(each)} {what}" for what, each in {
        "ours only": owed.keys() - theirs.keys(), "theirs only": theirs.keys() - owed.keys(),
        "different": {number for number in owed.keys() & theirs.keys() if owed[number] != theirs[number]},
        "rejected": told["rejected"], "taken twice": [0] * (len(told["items"]) - len(theirs))}.items() if each]
    batches = p.sql("SELECT count(*), coalesce(max(attempts), 0) FROM feedback_batches")[0]
    return Proof("usages", f"{len(owed)} owed = {len(theirs)} accepted, in {batches[0]} batches, one of them sent "
                           f"{batches[1]} times", wrong)


def outcomes(p: Province, _: list[Down]) -> Proof:
    """What was acknowledged to people and tills is what each person's history shows, no more and no less."""
    people = [citizen for citizen in logged_in(p) if not citizen.uncertain]
    wrong = []
    for citizen in people:
        seen = [usage["outcome"] for usage in citizen.usages()]
        if seen != citizen.expected:
            wrong.append(f"{citizen.person.key}: {citizen.expected} acknowledged, {seen} seen")
    uses = sum(len(citizen.expected) for citizen in people)
    return Proof("what was acknowledged", f"{uses} uses of {len(people)} people", wrong)


def entitlements(p: Province, _: list[Down]) -> Proof:
    """A claim that was sent again is one claim; the offers' own counters agree."""
    held = Counter({str(row[0]): row[1] for row in p.sql(
        "SELECT citizen_id, count(*) FROM entitlements GROUP BY citizen_id")})
    people = [citizen for citizen in logged_in(p) if not citizen.uncertain]
    wrong = [f"{citizen.person.key}: {citizen.granted} granted, {held[citizen.citizen_id]} held"
             for citizen in people if held[citizen.citizen_id] != citizen.granted]
    counted = p.sql("SELECT count(*) FROM offers o WHERE granted <> (SELECT count(*) FROM entitlements e"
                    " WHERE e.offer_id = o.id AND e.quota_held)")[0][0]
    return Proof("entitlements", f"{sum(held.values())} held; {counted} offers count otherwise",
                 wrong + (["an offer's counter"] if counted else []))


def papers(p: Province, _: list[Down]) -> Proof:
    """Authorisations there are ours, each once; none lives there that was withdrawn here."""
    ours = {row[0]: row[1:] for row in p.sql(
        "SELECT authorization_no, authorization_id, withdrawn_at IS NULL AND ended_at IS NULL FROM consents"
        " WHERE authorization_no IS NOT NULL")}
    theirs = {each["authorization_no"]: each for each in p.sandbox.control("GET", "/platform/authorizations")["items"]}
    wrong = [f"{len(each)} {what}" for what, each in {
        "unknown to us": theirs.keys() - ours.keys(),
        "under another id": [number for number in ours.keys() & theirs.keys()
                             if ours[number][0] not in (theirs[number]["authorization_id"],)],
        "alive there and not here": [number for number in ours.keys() & theirs.keys()
                                     if theirs[number]["status"] == "active" and not ours[number][1]],
        "alive here and not there": [number for number, (_, lives) in ours.items() if lives and (
            number not in theirs or theirs[number]["status"] != "active")]}.items() if each]
    return Proof("authorisations", f"{len(theirs)} there, {len(ours)} here, "
                                   f"{sum(each['status'] == 'revoked' for each in theirs.values())} revoked", wrong)


def lists(p: Province, _: list[Down]) -> Proof:
    """The red list, our responses and the months fed back stand there as they were acknowledged here."""
    there = {each["entry_no"]: each["status"] for each in p.sandbox.control("GET", "/platform/red-lists")["items"]}
    wrong = [f"red list: {number} is {there.get(number)}, not {state}" for number, state in p.entries.items()
             if there.get(number, "delisted") != state]
    told = {each["initiative_no"]: each for each in p.sandbox.control("GET", "/platform/initiatives")["items"]}
    wrong += [f"initiative {number}" for number, response in p.answered.items()
              if (told[number]["response"] or {}).get("response") != response
              or len(told[number]["feedbacks"]) != (number in p.fed_back)]
    figures = f"{len(p.entries)} entries, {len(p.answered)} responses, {len(p.fed_back)} months"
    return Proof("red list, initiatives", figures, wrong)


def reconciled(p: Province, _: list[Down]) -> Proof:
    """Our own comparison agrees for every settlement day."""
    days = sorted({each["day"] for each in p.sandbox.control("GET", "/platform/usages")["items"]})
    said = [p.flask("feedback", "reconcile", day).strip() for day in days]
    wrong = [each for each in said
             if "\n" in each or each.split("ours ")[1].split(", theirs ")[0] != each.split("theirs ")[1]]
    return Proof("reconciliation", "; ".join(said), wrong)


def ledger(p: Province, _: list[Down]) -> Proof:
    said = p.flask("ledger", "check").strip().splitlines()
    return Proof("ledger", said[-1], [] if said[-1].endswith("0 imbalance, 0 differences") else said)


def trail(p: Province, _: list[Down]) -> Proof:
    said = p.flask("trail", "verify").strip().splitlines()
    return Proof("trail", re.sub(r", head.*", "", said[-1]), said if " 0 findings" not in said[-1] else [])


def answers(p: Province, _: list[Down]) -> Proof:
    """No 5xx but the declared 503: as people were told, and as the web processes counted."""
    counted = requests.get(f"{p.stack.base_url}/metrics", timeout=20).text
    five = Counter[str]()
    for endpoint, status, count in FIVE_HUNDRED.findall(counted):
        five[f"{status} {endpoint}"] += int(float(count))
    told = Counter(f"{status} {path.partition('?')[0].rsplit('/', 1)[0]}" for path, status, _ in p.tally.broken)
    wrong = [f"{what}: {count}" for what, count in (told + five).items() if count and not what.startswith("503")]
    return Proof("answers", f"{sum(p.tally.told.values())}, of these "
                            f"{sum(n for what, n in p.tally.told.items() if what.startswith('503'))} × 503 and "
                            f"{p.tally.told['no answer']} without any", wrong)


def breaches(p: Province, _: list[Down]) -> Proof:
    found = Counter(f"{each['code']} {each['call'].split('/')[1]}" for each in p.breaches())
    return Proof("breaches of the protocol", str(sum(found.values())), [f"{what}: {n}" for what, n in found.items()])


def pushes(p: Province, _: list[Down]) -> Proof:
    """Every event was taken, each once; none counts as refused with us."""
    told = events(p)
    ours = Counter(row[0] for row in p.sql("SELECT state FROM platform_events"))
    wrong = [f"{event['type']}: {event['status']}" for event in told if event["status"] != "taken"]
    if ours["refused"] or sum(ours.values()) != len(told):
        wrong.append(f"kept: {dict(ours)}")
    attempts = sum(event["attempts"] for event in told)
    return Proof("events", f"{len(told)} sent {attempts} times, {sum(ours.values())} taken", wrong)


def silence(p: Province, _: list[Down]) -> Proof:
    """Nobody's name, number or phone in any log, in any spelling; and nothing that broke."""
    wrong, size = [], 0
    for file in sorted(p.stack.system.places.log.glob("*.log*")):
        data = file.read_bytes()
        size += len(data)
        wrong += [f"{found.what} ({found.spelling}) in {file.name}" for found in marked.find(data, file.name)
                  if found.what != "phone"]
        wrong += [f"phone in {file.name}"] * len(PHONE.findall(data))
        wrong += [f"{what.decode()} × {count} in {file.name}" for what, count in Counter(SHOUTS.findall(data)).items()]
    return Proof("logs", f"{size // 1000} kB without anybody of {PEOPLE + 1} papers", wrong)


def logged_in(p: Province) -> list[Citizen]:
    return [citizen for citizen in p.citizens if citizen.citizen_id]
