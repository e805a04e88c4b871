"""Keys that an operator can change while we run: the files are looked at before each use, and read when they changed.

What cannot be used changes nothing: the keys that were good stay, the log and the health page say what is wrong.
"""

import threading
from pathlib import Path

import structlog

from app.gateways import health
from app.gateways.platform.keys import KeysRefused, PlatformKeys, load_keys

log = structlog.get_logger()
Marks = tuple[tuple[int, int, int] | None, ...]


class LiveKeys:
    """The newest usable keys of a folder. Thread-safe; raises KeysRefused where there are none at start."""

    def __init__(self, directory: Path, suite: str) -> None:
        self._directory, self._suite = directory, suite
        self._reading = threading.Lock()
        self._watched: tuple[Path, ...] = (directory / "keys.json",)
        self._marks: Marks = ()
        self._keys = self._read()
        self._tell(())

    def now(self) -> PlatformKeys:
        """Costs one look at each file; while one thread reads, the others go on with what was good."""
        if _marks(self._watched) != self._marks and self._reading.acquire(blocking=False):
            try:
                self._keys = self._read()
                self._tell(())
                log.info("platform_keys_read", client_key_id=self._keys.client_key_id,
                         platform_key_ids=sorted(self._keys.platform_public), data_key_id=self._keys.data_key_id)
            except KeysRefused as refused:
                self._tell(tuple(refused.problems))
                log.error("platform_keys_refused", problems=refused.problems)
            finally:
                self._reading.release()
        return self._keys

    def _read(self) -> PlatformKeys:
        """Marks are taken before the files are read, so that what changes meanwhile is read again next time.

        Which files there are is known only once keys.json was read: then all is read once more.
        """
        read: PlatformKeys | KeysRefused
        for _ in range(3):
            marks = _marks(self._watched)
            try:
                read = load_keys(self._directory, self._suite)
            except KeysRefused as refused:
                read = refused
            known, self._watched = self._watched, read.files
            if read.files == known:
                break
        self._marks = marks
        if isinstance(read, KeysRefused):
            raise read
        return read

    def _tell(self, problems: tuple[str, ...]) -> None:
        health.tell_keys(health.KeysInUse(
            self._suite, self._keys.client_key_id, tuple(sorted(self._keys.platform_public)), self._keys.data_key_id,
            problems))


def _marks(files: tuple[Path, ...]) -> Marks:
    """What changes when a file is written or replaced; None where it is not there."""
    return tuple(_mark(file) for file in files)


def _mark(file: Path) -> tuple[int, int, int] | None:
    try:
        told = file.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_ino, told.st_size
