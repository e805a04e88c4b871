"""A WSGI program on a port of loopback, for a browser, an SDK, or another process."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: a test's output is for the test."""


@contextmanager
def serving(wsgi: Callable[..., Any], port: int = 0) -> Iterator[str]:
    """The origin at which it is served; `port` 0: any that is free."""
    server = make_server("127.0.0.1", port, wsgi, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
