"""The gateway's door: faults before, the gate, the call, faults after, and the answer."""

import math
import re
import time
from collections.abc import Callable
from typing import Any

from sandbox.forms import BadForm
from sandbox.platform import authorizations, identities, initiatives, queries, reconciling, red_lists, usages
from sandbox.platform.answering import proxy_answer, sign, spoil
from sandbox.platform.asking import Asking, echoed_id, pass_gate
from sandbox.wire import Request, Response
from sandbox.world import STATUS, WORDS, Refused, World

BASE = "/gateway/v1"
NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)", re.ASCII)
# After being told to wait, calls that were on their way already are no breach.
GRACE_S = 2
Call = Callable[..., tuple[int, dict[str, Any]]]
CALLS: dict[str, Call] = {
    "POST /identities/verifications": identities.verify,
    "POST /authorizations": authorizations.register,
    "POST /authorizations/ID/revocation": authorizations.revoke,
    "POST /credit-grades/queries": queries.grade,
    "POST /credit-reports": queries.report,
    "POST /benefit-usages/batches": usages.take_batch,
    "GET /benefit-usages/reconciliations/ID": reconciling.show_day,
    "PUT /red-lists/outstanding_youth_volunteer/ID": red_lists.put,
    "DELETE /red-lists/outstanding_youth_volunteer/ID": red_lists.remove,
    "GET /initiatives": initiatives.show,
    "POST /initiatives/ID/responses": initiatives.respond,
    "POST /initiatives/ID/feedbacks": initiatives.feed_back,
}
ROUTES = [(line.split()[0], re.compile(line.split()[1].replace("ID", "([^/]+)")), call) for line, call in CALLS.items()]
NO_BREACH = {"SUBJECT_NOT_FOUND", "RATE_LIMITED", "MAINTENANCE", "INTERNAL"}


def answer(world: World, request: Request) -> Response:
    """What the platform, and the proxy in front of it, answer to one request."""
    path = request.path[len(BASE) :]
    trouble = world.faults.take("platform", request.method, path)
    asking = Asking(world, request, path)
    resets = world.resets
    trouble.wait("before")
    if world.resets != resets:
        return Response(hang_up=True)
    instead = Response(hang_up=True) if trouble.hangs_up("before") else proxy_answer(asking, trouble, "before")
    if instead:
        turned_away(asking, "a fault")
        return instead
    status, payload = process(asking)
    trouble.wait("after")
    if trouble.hangs_up("after"):
        return Response(hang_up=True)
    return proxy_answer(asking, trouble, "after") or sign(asking, status, spoil(payload, trouble), trouble)


def process(asking: Asking) -> tuple[int, dict[str, Any]]:
    """Gate and call; a refusal becomes its body, and is written down as a breach where it is the client's."""
    world = asking.world
    try:
        pass_gate(asking)
        look_for_identity(asking)
        check_load(asking)
        with world.state.transaction():
            result = route(asking)
    except BadForm as wrong:
        result = refuse(asking, Refused("BAD_REQUEST", wrong.field))
    except Refused as refused:
        result = refuse(asking, refused)
    for code, what in asking.notes:
        world.breach(f"{asking.request.method} {NUMBER.sub('***', asking.path)[:200]}", code, what)
    return result


def turned_away(asking: Asking, why: str) -> None:
    """Write down that a call arrived and had no effect though nothing was wrong with it: for whoever counts."""
    call = f"{asking.request.method} {NUMBER.sub('***', asking.path.partition('?')[0])[:200]}"
    asking.world.state.insert("turned_away", {"at": asking.world.clock.precise(), "call": call, "why": why})


def route(asking: Asking) -> tuple[int, dict[str, Any]]:
    """The call that this path and method name."""
    if asking.request.method in ("GET", "DELETE") and asking.request.body:
        raise Refused("BAD_REQUEST", "a body where there is none")
    for method, pattern, call in ROUTES:
        match = pattern.fullmatch(asking.path)
        if match and method == asking.request.method:
            if method != "GET" and "?" in asking.request.target:
                raise Refused("BAD_REQUEST", "a query where there is none")
            return call(asking, *match.groups())
    raise Refused("NOT_FOUND", "path")


def refuse(asking: Asking, refused: Refused) -> tuple[int, dict[str, Any]]:
    """The body of section 3; a breach and a refused look are written down, unless an end there overtook the call."""
    if refused.overtaken:
        turned_away(asking, refused.code)
        return refusal(asking, refused)
    if refused.row:
        asking.world.state.insert(*refused.row)
    if refused.code not in NO_BREACH:
        asking.notes.append((refused.code, refused.what))
    elif refused.code in ("MAINTENANCE", "RATE_LIMITED"):
        turned_away(asking, refused.code)
    return refusal(asking, refused)


def refusal(asking: Asking, refused: Refused) -> tuple[int, dict[str, Any]]:
    """Status and body of section 3."""
    body: dict[str, Any] = {
        "code": refused.code,
        "message": WORDS[refused.code],
        "request_id": echoed_id(asking.request),
    }
    if refused.retry_after_s is not None:
        body["retry_after_s"] = refused.retry_after_s
    return STATUS[refused.code], body


def look_for_identity(asking: Asking) -> None:
    """Note a person's identity number that travels in clear."""
    text = asking.request.target + asking.request.body.decode("latin-1")
    if any(asking.world.people.find(number.upper()) for number in NUMBER.findall(text)):
        asking.notes.append(("IDENTITY_IN_CLEAR", "an identity number outside of a sealed field"))


def check_load(asking: Asking) -> None:
    """Maintenance and the rate limit, where control calls have set them."""
    world = asking.world
    now = world.clock.now()
    left = world.maintenance_until - now
    if left > 0:
        told = world.told_to_wait.setdefault(world.maintenance_until, now)
        if now > told + GRACE_S:
            asking.notes.append(("RETRY_TOO_EARLY", "a call within a maintenance window that was announced"))
        raise Refused("MAINTENANCE", retry_after_s=math.ceil(left))
    if not world.load.admits(time.monotonic()):
        raise Refused("RATE_LIMITED", retry_after_s=1)
