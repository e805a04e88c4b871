"""What of the logs a person should see on the screen while a run goes on."""

import re
from collections.abc import Iterator
from pathlib import Path

# A line of JSON says its level; of another line its words are all there is.
_WORTH_SEEING = re.compile(
    r'\{.*"level": ?"(warning|error|critical)".*|(?!\{).*\b(warning|error|critical|fatal|traceback)\b.*', re.I
)
_SERVERS = {
    "postgres.log",
    "valkey.log",
    "prepare.log",
}  # a dead server ends the run and its log is shown then
LINES_AT_ONCE = 10
LINE_LENGTH = 300


class Follower:
    """Follows every log of a folder from where it ends now."""

    def __init__(self, folder: Path) -> None:
        self._read = {log: log.stat().st_size for log in folder.glob("*.log") if log.name not in _SERVERS}

    def new(self) -> Iterator[str]:
        """The warnings and errors written since the last call, at most LINES_AT_ONCE a file, each with its
        process's name.
        """
        for log, position in self._read.items():
            size = log.stat().st_size if log.exists() else position
            if size <= position:
                continue
            with log.open("rb") as file:
                file.seek(position)
                text = file.read(size - position).decode("utf-8", "replace")
            self._read[log] = size
            lines = [line for line in text.splitlines() if _WORTH_SEEING.fullmatch(line)]
            yield from (f"{log.stem}: {line[:LINE_LENGTH]}" for line in lines[:LINES_AT_ONCE])
            if len(lines) > LINES_AT_ONCE:
                yield f"{log.stem}: and {len(lines) - LINES_AT_ONCE} more, see {log}"
