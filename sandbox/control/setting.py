"""Control calls that set how the sandbox behaves: faults, clock, load, providers, a fresh start."""

from dataclasses import asdict
from typing import Any

from sandbox import forms, rotating
from sandbox.control import showing
from sandbox.control.asking import Parts, Said, Wrong, is_number, read
from sandbox.keys import load
from sandbox.wire import Request
from sandbox.world import World


def order_fault(parts: Parts, request: Request) -> Said:
    """`{target, path, kind, value, times}` and `skip`, `when`, `method`; see sandbox/README.md."""
    return 201, asdict(parts.world.faults.order(read(request)))


def clear_faults(parts: Parts, request: Request) -> Said:
    """All orders, or those which agree with the fields in body or query (target, path, kind, id)."""
    narrow: dict[str, Any] = {**dict(request.query), **(read(request) if request.body else {})}
    if set(narrow) - {"target", "path", "kind", "id"}:
        raise Wrong(400, "只能按 target、path、kind、id 缩小范围")
    if "id" in narrow:
        narrow["id"] = int(narrow["id"]) if str(narrow["id"]).isdecimal() else -1
    return 200, {"deleted": parts.world.faults.clear(**narrow)}


def set_provider(parts: Parts, request: Request) -> Said:
    """Whether the platform knows a provider; without this every well-formed USCC is known."""
    body = forms.take(read(request), {"uscc": forms.uscc, "known": lambda value: isinstance(value, bool)})
    parts.world.state.run(
        "insert into providers values (?, ?) on conflict (uscc) do update set known = excluded.known",
        body["uscc"],
        int(body["known"]),
    )
    return 200, body


def set_platform(parts: Parts, request: Request) -> Said:
    """`rate_per_s` (null: none), `maintenance_s` (from now; 0 ends it), `page_size` (1 to 1000)."""
    body, world = read(request), parts.world
    for name, value in body.items():
        if name not in SETTINGS:
            raise Wrong(400, "字段只有 " + "、".join(SETTINGS))
        fits, words, put = SETTINGS[name]
        if not fits(value):
            raise Wrong(400, f"{name}：{words}")
        put(world, value)
    return showing.settings(parts, request)


def _set_maintenance(world: World, seconds: float) -> None:
    world.maintenance_until = world.clock.now() + seconds if seconds else 0.0


def _set_page_size(world: World, size: int) -> None:
    world.page_size = size


def _limit(world: World, rate: float | None) -> None:
    world.load.limit(rate)


SETTINGS: dict[str, tuple[Any, str, Any]] = {
    "rate_per_s": (lambda v: v is None or (is_number(v) and 0 < v <= 10**6), "正数或 null", _limit),
    "maintenance_s": (lambda v: is_number(v) and 0 <= v <= 10**6, "秒数，0 为结束", _set_maintenance),
    "page_size": (lambda v: forms.whole(v) and 1 <= v <= 1000, "1 到 1000", _set_page_size),
}


def change_keys(parts: Parts, request: Request) -> Said:
    """`{suite, rotate: [kind…]}` makes new keys, `{suite, retire: [kind…]}` drops the older; at both sides at once."""
    a_kind = forms.some_of(forms.among(rotating.KINDS), len(rotating.KINDS))
    body, world = forms.take(read(request), {"suite": forms.text()}, {"rotate": a_kind, "retire": a_kind}), parts.world
    folder = world.settings.folder / "keys"
    if body["suite"] not in world.keys.suites:
        raise Wrong(404, "没有这个 suite")
    entry: dict[str, Any] = {}
    for change in (rotating.rotate, rotating.retire):
        if change.__name__ in body:
            entry = change(folder, body["suite"], body[change.__name__])
    world.keys = load(folder)
    return 200, entry


def set_clock(parts: Parts, request: Request) -> Said:
    """`{offset_s}`: shift the sandbox's clock against the machine's."""
    offset = read(request).get("offset_s")
    if not is_number(offset) or abs(offset) > 10**9:
        raise Wrong(400, "offset_s：秒数")
    parts.world.clock.offset_s = float(offset)
    return showing.clock(parts, request)


def reset(parts: Parts, request: Request) -> Said:
    """Forget what was taken and asked, faults, settings and the clock's shift.

    What was agreed (authorisations, red list, initiatives) stays, since the client still holds their
    numbers, unless the body says `{"authorizations": true}`; so do people, unless it says `{"people": true}`:
    then those of people.toml are again as they are there. A call that a fault still holds in front of the platform
    belongs to what is forgotten: it is hung up on.
    """
    body = read(request) if request.body else {}
    world = parts.world
    world.resets += 1
    world.state.wipe(everything=body.get("authorizations") is True)
    world.faults.clear()
    world.load.limit(None)
    world.maintenance_until, world.page_size, world.clock.offset_s = 0.0, 1000, 0.0
    if body.get("people") is True:
        world.people.again()
    parts.wechat.forget()
    return 200, {}
