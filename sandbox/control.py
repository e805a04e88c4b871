"""Control calls for people and tests: plain JSON, unsigned, on the loopback address only."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from sandbox import forms
from sandbox.faults import BadFault
from sandbox.people import BadPerson, Person
from sandbox.platform.happening import BadEvent, happen, issue
from sandbox.platform.pushing import Pusher
from sandbox.wechat import WeChat
from sandbox.wire import Request, Response, json_response
from sandbox.world import World

BASE = "/_control"
Said = tuple[int, Any]


class Wrong(Exception):
    """A control call that cannot be done; the text says why, in Chinese."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Control:
    """The control calls of one sandbox."""

    def __init__(self, world: World, wechat: WeChat, pusher: Pusher) -> None:
        self.world, self.wechat, self.pusher = world, wechat, pusher
        routes: list[tuple[str, str, Callable[..., Said]]] = [
            ("GET", "/people", self.people),
            ("PUT", "/people/([^/]+)", self.put_person),
            ("POST", "/wechat/codes", self.login_code),
            ("POST", "/wechat/phone-codes", self.phone_code),
            ("GET", "/wechat/messages", self.messages),
            ("PUT", "/wechat/subscriptions", self.subscribe),
            ("POST", "/wechat/tokens/expire", self.expire_tokens),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.order_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/platform/events", self.push),
            ("GET", "/platform/events", self.events),
            ("POST", "/platform/initiatives", self.initiate),
            ("GET", "/platform/initiatives", self.initiatives),
            ("POST", "/platform/providers", self.set_provider),
            ("PUT", "/platform/settings", self.settings),
            ("GET", "/platform/settings", self.show_settings),
            ("GET", "/platform/queries", self.queries),
            ("GET", "/platform/usages", self.usages),
            ("GET", "/platform/batches", self.table("batches", "batch_no")),
            ("GET", "/platform/verifications", self.table("verifications", "n")),
            ("GET", "/platform/authorizations", self.authorizations),
            ("GET", "/platform/red-lists", self.table("red_entries", "entry_no")),
            ("GET", "/platform/breaches", self.table("breaches", "n")),
            ("POST", "/clock", self.set_clock),
            ("GET", "/clock", self.clock),
            ("POST", "/reset", self.reset),
        ]
        self.routes = [(method, re.compile(path), call) for method, path, call in routes]

    def answer(self, request: Request) -> Response:
        """One control call; refusals are `{"error": "…"}`."""
        path = request.path[len(BASE) :]
        try:
            self._check_origin(request)
            for method, pattern, call in self.routes:
                match = pattern.fullmatch(path)
                if match and method == request.method:
                    return json_response(*call(request, *match.groups()))
            raise Wrong(404, "没有这个控制接口")
        except Wrong as wrong:
            return json_response(wrong.status, {"error": str(wrong)})
        except (BadPerson, BadFault, BadEvent) as wrong:
            return json_response(400, {"error": str(wrong)})
        except forms.BadForm as wrong:
            return json_response(400, {"error": f"字段有误：{wrong.field}"})

    def _check_origin(self, request: Request) -> None:
        """A page of another origin in the same browser must not steer us."""
        origin = request.header("origin")
        if origin is not None and urlsplit(origin).netloc != request.header("host"):
            raise Wrong(403, "只接受本页或本机程序的请求")

    def people(self, request: Request) -> Said:
        """Everybody."""
        return 200, {"items": [self._shown(person) for person in self.world.people.by_key.values()]}

    def _shown(self, person: Person) -> Person:
        return {**person, "effective_red_lists": self.world.people.red_lists_of(person)}

    def put_person(self, request: Request, key: str) -> Said:
        """Make (201) or change (200) a person; no event is pushed."""
        body, made = read(request), key not in self.world.people.by_key
        if "key" in body:
            raise Wrong(400, "key 写在路径里")
        return 201 if made else 200, self._shown(self.world.people.put(key, body))

    def _person(self, body: dict[str, Any]) -> Person:
        person = self.world.people.by_key.get(str(body.get("person")))
        if person is None:
            raise Wrong(404, "没有这个 person")
        return person

    def login_code(self, request: Request) -> Said:
        """A js_code; `device` or `openid` plays another WeChat account of the same person."""
        body = forms.take(
            read(request), {"person": forms.text(64)}, {"device": forms.text(64), "openid": forms.word(64)}
        )
        code = self.wechat.make_code(self._person(body), "login", body.get("device", ""), body.get("openid"))
        return 201, {"js_code": code, "openid": self.wechat.codes[code]["openid"], "expires_in": 300}

    def phone_code(self, request: Request) -> Said:
        """A code for getuserphonenumber."""
        body = forms.take(read(request), {"person": forms.text(64)})
        return 201, {"code": self.wechat.make_code(self._person(body), "phone"), "expires_in": 300}

    def messages(self, request: Request) -> Said:
        """Subscribe messages that arrived, newest last."""
        return 200, {"items": list(self.wechat.sent)}

    def subscribe(self, request: Request) -> Said:
        """How many more messages of a template a person takes; 0 makes 43101, null lifts the count."""
        body = read(request)
        person, template, left = self._person(body), str(body.get("template_id")), body.get("left")
        if left is None:
            self.wechat.subscriptions.pop((person["key"], template), None)
        elif forms.whole(left):
            self.wechat.subscriptions[person["key"], template] = left
        else:
            raise Wrong(400, "left：整数或 null")
        return 200, {"person": person["key"], "template_id": template, "left": left}

    def expire_tokens(self, request: Request) -> Said:
        """Every access token given out so far is old from now on (42001)."""
        with self.wechat.lock:
            self.wechat.tokens = dict.fromkeys(self.wechat.tokens, 0.0)
        return 200, {}

    def faults(self, request: Request) -> Said:
        """Orders in force, with `hits` so far."""
        return 200, {"items": self.world.faults.list()}

    def order_fault(self, request: Request) -> Said:
        """See docs of the sandbox for kinds and values."""
        return 201, asdict(self.world.faults.order(read(request)))

    def clear_faults(self, request: Request) -> Said:
        """All orders, or those which agree with the fields in body or query (target, path, kind, id)."""
        narrow: dict[str, Any] = {**dict(request.query), **(read(request) if request.body else {})}
        if set(narrow) - {"target", "path", "kind", "id"}:
            raise Wrong(400, "只能按 target、path、kind、id 缩小范围")
        if "id" in narrow:
            narrow["id"] = int(narrow["id"]) if str(narrow["id"]).isdecimal() else -1
        return 200, {"deleted": self.world.faults.clear(**narrow)}

    def push(self, request: Request) -> Said:
        """Make something happen and push it; `fault` spoils the first delivery (bad_signature, stale, replay)."""
        body = read(request)
        if set(body) - {"type", "person", "data", "event_id", "seq", "occurred_at", "fault"}:
            raise Wrong(400, "字段只有 type、person、data、event_id、seq、occurred_at、fault")
        if not self.world.settings.events_url:
            raise Wrong(409, "没有设置 EVENTS_URL，无处可推")
        return 200, {"events": happen(self.world, self.pusher, body)}

    def events(self, request: Request) -> Said:
        """All events with what became of them."""
        rows = self.world.state.all("select * from events order by rowid")
        return 200, {"items": [{**row, "data": json.loads(row["data"])} for row in rows]}

    def initiate(self, request: Request) -> Said:
        """A new initiative that the client will find by polling; no event."""
        return 201, issue(self.world, read(request))

    def initiatives(self, request: Request) -> Said:
        """Initiatives with the client's response and feedbacks."""
        state = self.world.state
        items = []
        for row in state.all("select * from initiatives order by n"):
            said = state.one("select body, at from responses where initiative_no = ?", row["initiative_no"])
            fed = state.all(
                "select body, at from feedbacks where initiative_no = ? order by period", row["initiative_no"]
            )
            items.append(
                {
                    **json.loads(row["body"]),
                    "response": json.loads(said["body"]) if said else None,
                    "feedbacks": [json.loads(one["body"]) for one in fed],
                }
            )
        return 200, {"items": items}

    def set_provider(self, request: Request) -> Said:
        """Whether the platform knows a provider; without this every well-formed USCC is known."""
        body = forms.take(read(request), {"uscc": forms.uscc, "known": lambda value: isinstance(value, bool)})
        self.world.state.run(
            "insert into providers values (?, ?) on conflict (uscc) do update set known = excluded.known",
            body["uscc"],
            int(body["known"]),
        )
        return 200, body

    def settings(self, request: Request) -> Said:
        """`rate_per_s` (null: none), `maintenance_s` (from now; 0 ends it), `page_size` (1 to 1000)."""
        body, world = read(request), self.world
        rate, span, size = (body.pop(name, "") for name in ("rate_per_s", "maintenance_s", "page_size"))
        if body:
            raise Wrong(400, "字段只有 rate_per_s、maintenance_s、page_size")
        if rate != "":
            if rate is not None and not (isinstance(rate, int | float) and 0 < rate <= 10**6):
                raise Wrong(400, "rate_per_s：正数或 null")
            world.load.limit(rate)
        if span != "":
            if not isinstance(span, int | float) or not 0 <= span <= 10**6:
                raise Wrong(400, "maintenance_s：秒数")
            world.maintenance_until = world.clock.now() + span if span else 0.0
        if size != "":
            if not forms.whole(size) or not 1 <= size <= 1000:
                raise Wrong(400, "page_size：1 到 1000")
            world.page_size = size
        return self.show_settings(request)

    def show_settings(self, request: Request) -> Said:
        """What is set, and whom we play."""
        world = self.world
        left = max(0.0, world.maintenance_until - world.clock.now())
        return 200, {
            "rate_per_s": world.load.rate_per_s,
            "maintenance_s": round(left, 1),
            "page_size": world.page_size,
            "events_url": world.settings.events_url,
            "app_id": world.keys.app_id,
            "platform_id": world.keys.platform_id,
            "suites": sorted(world.keys.suites),
        }

    def queries(self, request: Request) -> Said:
        """`items`: looks that were answered (kind grade or report); `refused`: those with a code instead."""
        rows = self.world.state.all("select * from queries order by n")
        return 200, {
            "items": [row for row in rows if row["code"] is None],
            "refused": [row for row in rows if row["code"] is not None],
        }

    def usages(self, request: Request) -> Said:
        """`items`: accepted records with their receipts; `rejected`: the others with their reasons."""
        rows = [
            {**json.loads(row.pop("body")), **row}
            for row in self.world.state.all("select * from records order by n")
        ]
        return 200, {
            "items": [row for row in rows if row["status"] == "accepted"],
            "rejected": [row for row in rows if row["status"] != "accepted"],
        }

    def authorizations(self, request: Request) -> Said:
        """All authorisations with their present status."""
        rows = self.world.state.all("select * from authorizations order by id")
        now = self.world.clock.now()
        return 200, {
            "items": [
                {
                    "authorization_id": row["id"],
                    "authorization_no": row["no"],
                    "person": row["person"],
                    "scopes": json.loads(row["scopes"]),
                    "scenarios": json.loads(row["scenarios"]),
                    "purpose": row["purpose"],
                    "document_digest": row["document_digest"],
                    "signed_at": row["signed_at"],
                    "expires_at": row["expires_at"],
                    "revoked_at": row["revoked_at"],
                    "at": row["at"],
                    "status": "revoked"
                    if row["revoked_at"]
                    else "expired"
                    if row["expires"] <= now
                    else "active",
                }
                for row in rows
            ]
        }

    def table(self, name: str, order: str) -> Callable[..., Said]:
        """A call that shows a table as it is."""
        hidden = {"subject", "digest", "n"}

        def show(request: Request) -> Said:
            rows = self.world.state.all(f"select * from {name} order by {order}")  # noqa: S608 - names from code
            return 200, {
                "items": [{key: value for key, value in row.items() if key not in hidden} for row in rows]
            }

        return show

    def set_clock(self, request: Request) -> Said:
        """Shift the sandbox's clock against the machine's."""
        offset = read(request).get("offset_s")
        if isinstance(offset, bool) or not isinstance(offset, int | float) or abs(offset) > 10**9:
            raise Wrong(400, "offset_s：秒数")
        self.world.clock.offset_s = float(offset)
        return self.clock(request)

    def clock(self, request: Request) -> Said:
        """The sandbox's time."""
        return 200, {"offset_s": self.world.clock.offset_s, "now": self.world.clock.stamp()}

    def reset(self, request: Request) -> Said:
        """Forget what was taken and asked, faults, settings and the clock's shift; people stay.

        Authorisations stay too unless the body says `{"authorizations": true}`: the client still holds their ids.
        """
        body = read(request) if request.body else {}
        world = self.world
        world.state.wipe(everything=body.get("authorizations") is True)
        world.faults.clear()
        world.load.limit(None)
        world.maintenance_until, world.page_size, world.clock.offset_s = 0.0, 1000, 0.0
        self.wechat.sent.clear()
        self.wechat.subscriptions.clear()
        return 200, {}


def read(request: Request) -> dict[str, Any]:
    """The JSON object of a control call."""
    try:
        return forms.parse(request.body)
    except forms.BadForm as wrong:
        raise Wrong(400, "请求体应为 JSON 对象") from wrong
