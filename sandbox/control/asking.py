"""What every control call is given, and how it says no."""

from dataclasses import dataclass
from typing import Any, TypeGuard

from sandbox import forms
from sandbox.people import Person
from sandbox.platform.pushing import Pusher
from sandbox.wechat.remembering import WeChat
from sandbox.wire import Request
from sandbox.world import World

Said = tuple[int, Any]


class Wrong(Exception):
    """A control call that cannot be done; the text says why, in Chinese."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass
class Parts:
    """The sandbox that is controlled."""

    world: World
    wechat: WeChat
    pusher: Pusher

    def person(self, body: dict[str, Any]) -> Person:
        """The person that a body names; 404."""
        person = self.world.people.by_key.get(str(body.get("person")))
        if person is None:
            raise Wrong(404, "没有这个 person")
        return person


def read(request: Request) -> dict[str, Any]:
    """The JSON object of a control call."""
    try:
        return forms.parse(request.body)
    except forms.BadForm as wrong:
        raise Wrong(400, "请求体应为 JSON 对象") from wrong


def is_number(value: Any) -> TypeGuard[float]:
    """An int or float; true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
