"""Sending requests that were made beforehand, over a few connections that are kept."""

import http.client
import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from bench.people import Call


def send(base_url: str, calls: list[Call], connections: int) -> list[Any]:
    """The answers' bodies in the calls' order; AssertionError with the first answer that isn't 200 or 201."""
    answers: list[Any] = [None] * len(calls)
    failures: list[str] = []

    def work(first: int) -> None:
        where = urlsplit(base_url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
        for place in range(first, len(calls), connections):
            call = calls[place]
            connection.request("POST", call.path, call.body, call.headers)
            answer = connection.getresponse()
            raw = answer.read()
            if answer.status not in (200, 201):
                failures.append(f"{call.path}: {answer.status} {raw[:500]!r}")
                return
            answers[place] = json.loads(raw)
        connection.close()

    _together(work, connections)
    assert not failures, failures[0]
    return answers


def _together(work: Callable[[int], None], count: int) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
