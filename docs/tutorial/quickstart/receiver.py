"""A merchant's notify_url: check, keep, answer 204; then do what it tells. Standard library and client.py.

    receiver.py [PORT]            prints what came; with KEEP=folder in the environment, keeps headers and body there
"""

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from client import NotOurs, Shop

LARGEST = 1 << 20


class Receiver(ThreadingHTTPServer):
    """`came`: what was taken, each once by its id, in the order in which it came."""

    def __init__(self, shop: Shop, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Door)
        self.shop, self.came, self.news = shop, {}, threading.Condition()  # a shop keeps them in its database

    came: dict[str, dict[str, Any]]

    def __enter__(self) -> "Receiver":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/notify"

    def wait_for(self, count: int, seconds: float = 60) -> list[dict[str, Any]]:
        """The first `count` that came; TimeoutError where they don't."""
        with self.news:
            if not self.news.wait_for(lambda: len(self.came) >= count, seconds):
                raise TimeoutError(f"{len(self.came)} of {count} notifications came")
            return list(self.came.values())


class Door(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers["Content-Length"]), LARGEST))
        try:
            told = self.server.shop.opened(self.headers, body)
        except NotOurs:  # now and then it is the platform itself that tries whether a wrong signature is taken
            return self.answer(401)
        if folder := os.environ.get("KEEP"):
            Path(folder, f"{told['id']}.headers").write_text(f"\r\n{self.headers}", "utf-8", newline="")
            Path(folder, f"{told['id']}.body").write_bytes(body)
        with self.server.news:
            self.server.came.setdefault(told["id"], told)  # it may come twice: the id says that it is the same
            self.server.news.notify_all()
        return self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """What came is no matter for a log: it holds orders."""


if __name__ == "__main__":
    with Receiver(Shop.from_environment(), int(sys.argv[1]) if len(sys.argv) > 1 else 0) as here:
        print(f"NOTIFY_URL={here.url}", flush=True)
        seen = 0
        while True:
            for each in here.wait_for(seen + 1, 86400)[seen:]:
                print(each["event_type"], each["resource"].get("out_order_no", ""), flush=True)
                seen += 1
