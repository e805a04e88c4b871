"""One process that plays everything: which door a request goes to."""

from dataclasses import dataclass
from pathlib import Path

from sandbox import wechat
from sandbox.control import BASE as CONTROL
from sandbox.control import Control
from sandbox.platform import door
from sandbox.platform.pushing import Pusher
from sandbox.wechat import WeChat
from sandbox.wire import Request, Response, Server, json_response
from sandbox.world import Settings, World

PAGE = Path(__file__).with_name("page")
FILES = {
    "/": ("index.html", "text/html"),
    "/sandbox.css": ("sandbox.css", "text/css"),
    "/sandbox.js": ("sandbox.js", "text/javascript"),
    "/favicon.svg": ("favicon.svg", "image/svg+xml"),
}
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@dataclass
class Sandbox:
    """The parts of a running sandbox."""

    world: World
    wechat: WeChat
    pusher: Pusher
    control: Control

    def answer(self, request: Request) -> Response:
        """Send a request to its door."""
        path = request.path
        if path.startswith(door.BASE + "/"):
            return door.answer(self.world, request)
        if path.startswith(wechat.BASE + "/"):
            return self.wechat.answer(request)
        if path.startswith(CONTROL + "/"):
            return self.control.answer(request)
        if path == "/healthz":
            return json_response(200, {"status": "ok"})
        if path in FILES and request.method == "GET":
            name, kind = FILES[path]
            return Response(
                200, (PAGE / name).read_bytes(), {"Content-Type": f"{kind}; charset=utf-8", **PAGE_HEADERS}
            )
        return json_response(404, {"error": "没有这个地址"})


def build(settings: Settings) -> Sandbox:
    """Keys, state and doors of a sandbox; nothing listens yet."""
    world = World(settings)
    side, pusher = WeChat(world), Pusher(world)
    return Sandbox(world, side, pusher, Control(world, side, pusher))


def serve(settings: Settings) -> None:
    """Listen until the process is ended."""
    sandbox = build(settings)
    with Server(settings.port, sandbox.answer) as server:
        sandbox.pusher.start()
        print(f"sandbox: http://127.0.0.1:{server.server_address[1]}/", flush=True)
        server.serve_forever(poll_interval=0.2)
