"""Bad days on order: what goes wrong with which call, how often, and before or after it took effect."""

import itertools
import re
import threading
import time
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

BASES = {"wechat": "/wechat", "platform": "/gateway/v1"}
PASSING = {"latency", "status", "html", "truncate", "drop", "take_then_drop", "patch"}
SIGNED_ONLY = {"bad_signature", "stale", "rows", "other_request_id", "other_nonce"}
KINDS = {"wechat": PASSING, "platform": PASSING | SIGNED_ONLY}
FIELDS = {"target", "path", "kind", "value", "times", "skip", "when", "method"}


class BadFault(Exception):
    """A fault that cannot be ordered; the text says why, in Chinese."""


@dataclass
class Fault:
    """One order. `times` None means until deleted; `skip` calls pass first; `when` is before or after the effect."""

    id: int
    target: str
    path: str
    kind: str
    value: Any = None
    times: int | None = None
    skip: int = 0
    when: str = "before"
    method: str | None = None
    hits: int = field(default=0)

    def fits(self, target: str, method: str, path: str) -> bool:
        """Whether this call is meant: glob where the path has one, exact where it ends in `$`, else prefix."""
        if target != self.target or self.method not in (None, method):
            return False
        wanted = re.sub(r"\{[^}]*\}", "*", self.path)
        if wanted.endswith("$"):
            return fnmatchcase(path, wanted[:-1])
        return fnmatchcase(path, wanted) if "*" in wanted else path.startswith(wanted)


class Faults:
    """All orders in force, in the order in which they were given."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._orders: list[Fault] = []

    def order(self, wish: dict[str, Any]) -> Fault:
        """Take an order; BadFault where it makes no sense."""
        check(wish)
        wish = {"path": "/", **wish}
        base = BASES[wish["target"]]
        if wish["path"].startswith(base):
            wish["path"] = wish["path"][len(base) :] or "/"
        fault = Fault(next(self._ids), **wish)
        with self._lock:
            self._orders.append(fault)
        return fault

    def clear(self, **narrow: Any) -> int:
        """Delete the orders that agree with every given field; how many."""
        with self._lock:
            kept = [f for f in self._orders if any(getattr(f, name) != value for name, value in narrow.items())]
            gone, self._orders = len(self._orders) - len(kept), kept
        return gone

    def list(self) -> list[dict[str, Any]]:
        """Orders in force."""
        with self._lock:
            return [asdict(fault) for fault in self._orders]

    def take(self, target: str, method: str, path: str) -> "Trouble":
        """What befalls this call: counts the orders down. One of each kind at most."""
        found: dict[str, Fault] = {}
        with self._lock:
            for fault in list(self._orders):
                if fault.kind in found or not fault.fits(target, method, path):
                    continue
                fault.hits += 1
                if fault.hits <= fault.skip:
                    continue
                found[fault.kind] = fault
                if fault.times is not None and fault.hits >= fault.skip + fault.times:
                    self._orders.remove(fault)
        return Trouble(found)


@dataclass
class Trouble:
    """The faults of one call by kind."""

    by_kind: dict[str, Fault]

    def get(self, kind: str, when: str | None = None) -> Fault | None:
        """The fault of a kind, where it befalls this call (at that point)."""
        fault = self.by_kind.get(kind)
        return fault if fault and when in (None, fault.when) else None

    def wait(self, when: str) -> None:
        """Sleep as long as a latency order says."""
        fault = self.get("latency", when)
        if fault:
            time.sleep(seconds(fault.value))

    def hangs_up(self, when: str) -> bool:
        """Whether the connection closes without an answer at this point."""
        return bool(self.get("drop", when) or (when == "after" and self.get("take_then_drop")))


def seconds(value: float) -> float:
    """A latency's length: below 100 the number is seconds, from 100 on milliseconds."""
    return value if value < 100 else value / 1000


def check(wish: Any) -> None:
    """Refuse an order with an unknown field, kind or value."""
    if not isinstance(wish, dict) or set(wish) - FIELDS:
        raise BadFault("字段只有 " + "、".join(sorted(FIELDS)))
    target, kind, value = wish.get("target"), wish.get("kind"), wish.get("value")
    if not (isinstance(target, str) and isinstance(kind, str)) or kind not in KINDS.get(target, ()):
        raise BadFault("target 为 wechat 或 platform；kind 见文档")
    for name, fits in {
        "path": _is_path,
        "times": _count(1),
        "skip": _count(0),
        "when": _is_when,
        "method": _is_text,
    }.items():
        if wish.get(name) is not None and not fits(wish[name]):
            raise BadFault(name)
    for name in [name for name in ("path", "skip", "when") if name in wish and wish[name] is None]:
        del wish[name]
    if not _value_fits(kind, value):
        raise BadFault("value 与 kind 不符")


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200 and value.startswith("/")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_when(value: Any) -> bool:
    return value in ("before", "after")


def _count(least: int) -> Any:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= 10**6


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value_fits(kind: str, value: Any) -> bool:
    if kind == "latency":
        return _is_number(value) and 0 < value <= 120_000
    if kind == "status":
        return (isinstance(value, int) and 200 <= value <= 599) or isinstance(value, str | dict)
    if kind == "html":
        return value is None or (isinstance(value, int) and 200 <= value <= 599)
    if kind == "stale":
        return value is None or (_is_number(value) and abs(value) <= 10**8)
    if kind == "patch":
        return isinstance(value, dict)
    if kind == "rows":
        return value in ("shuffle", "repeat", "lose")
    return True
