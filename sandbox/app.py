"""One process that plays everything: which door a request goes to."""

import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

from sandbox.control import door as control
from sandbox.control.asking import Parts
from sandbox.platform import door as platform
from sandbox.platform.pushing import Pusher
from sandbox.wechat import door as wechat
from sandbox.wechat.remembering import WeChat
from sandbox.wire import Request, Response, Server, json_response
from sandbox.world import Settings, World

PAGE = Path(__file__).with_name("page")
FILES = {
    "/": ("index.html", "text/html"),
    "/sandbox.css": ("sandbox.css", "text/css"),
    "/sandbox.js": ("sandbox.js", "text/javascript"),
    "/favicon.svg": ("favicon.svg", "image/svg+xml"),
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@dataclass
class Sandbox:
    """A running sandbox."""

    parts: Parts

    def answer(self, request: Request) -> Response:
        """Send a request to its door; a mistake of our own is a bare 500 that names only its place."""
        try:
            return self._route(request)
        except Exception as mistake:
            place = traceback.extract_tb(mistake.__traceback__)[-1]
            print(f"sandbox: {type(mistake).__name__} at {place.filename}:{place.lineno}", file=sys.stderr)
            return Response(500)

    def _route(self, request: Request) -> Response:
        path = request.path
        if path.startswith(platform.BASE + "/"):
            return platform.answer(self.parts.world, request)
        if path.startswith(wechat.BASE + "/"):
            return wechat.answer(self.parts.wechat, request)
        if path.startswith(control.BASE + "/"):
            return control.answer(self.parts, request)
        if path == "/healthz":
            return json_response(200, {"status": "ok"})
        if path in FILES and request.method == "GET":
            return page_file(*FILES[path])
        return json_response(404, {"error": "没有这个地址"})


def page_file(name: str, kind: str) -> Response:
    """One of our own files under a policy that lets nothing else in."""
    headers = {"Content-Type": f"{kind}; charset=utf-8", **PAGE_HEADERS}
    return Response(200, (PAGE / name).read_bytes(), headers)


def build(settings: Settings) -> Sandbox:
    """Keys, state and doors of a sandbox; nothing listens yet."""
    world = World(settings)
    return Sandbox(Parts(world, WeChat(world), Pusher(world)))


def serve(settings: Settings) -> None:
    """Listen until the process is ended."""
    sandbox = build(settings)
    with Server(settings.port, sandbox.answer) as server:
        sandbox.parts.pusher.start()
        print(f"sandbox: http://127.0.0.1:{server.server_address[1]}/", flush=True)
        server.serve_forever(poll_interval=0.2)
