"""JSON logs, one line an event, on standard error. Personal data never gets here; a last net masks it."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

PERSONAL = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])|(?<![0-9])1[3-9][0-9]{9}(?![0-9])")


def mask(_: Any, __: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The last net: what looks like an identity number or a mobile number is struck out."""
    return {name: PERSONAL.sub("[masked]", value) if isinstance(value, str) else value
            for name, value in event.items()}


def _render(_: Any, __: str, event: MutableMapping[str, Any]) -> str:
    return orjson.dumps(event, default=str).decode()


SHARED: list[Any] = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level,
                     structlog.processors.TimeStamper(fmt="iso", utc=True)]
# one list for good: loggers keep the one of their first use, and a second application must not part them from it
PROCESSORS: list[Any] = [*SHARED, mask, _render]


def install(level: str) -> None:
    structlog.configure(
        processors=PROCESSORS, cache_logger_on_first_use=True,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask,
                                              _render]))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
