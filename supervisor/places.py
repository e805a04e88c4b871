"""Where a run keeps its things under VAR_DIR, and that one run at a time does so."""

import fcntl
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from supervisor.errors import Trouble

ROOT = Path(__file__).resolve().parent.parent
FREE_MEGABYTES = 500
_SOCKET_PATH_LIMIT = 107  # sun_path holds 108 bytes with its closing zero
_LONGEST_SOCKET = "pg/.s.PGSQL.5432"
_LOG_BYTES = 20_000_000


@dataclass(frozen=True)
class Places:
    """The folders of one VAR_DIR."""

    var: Path

    @property
    def log(self) -> Path:
        """One file for each process."""
        return self.var / "log"

    @property
    def demo(self) -> Path:
        """What a person or a program needs to start with."""
        return self.var / "demo.json"

    @property
    def sandbox(self) -> Path:
        """The sandbox's own folder; its platform keys are in `keys` below it."""
        return self.var / "sandbox"

    @property
    def keyring(self) -> Path:
        """The application's keys."""
        return self.var / "keys" / "keyring.json"

    @property
    def env(self) -> Path:
        """What the processes of the run are told, as shell assignments."""
        return self.var / "run.env"

    @property
    def metrics(self) -> Path:
        """Where the web workers add up their counters; emptied at each start."""
        return self.var / "metrics"

    @property
    def sockets(self) -> Path:
        """`VAR_DIR/run`; where that is too long for a unix socket, a short folder of this user's, named by a
        hash of it.
        """
        wanted = self.var / "run"
        if len(os.fsencode(wanted / _LONGEST_SOCKET)) <= _SOCKET_PATH_LIMIT:
            return wanted
        base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        digest = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:12]
        return Path(base, f"xinyi-{os.geteuid()}-{digest}")

    def make(self) -> None:
        """Make the folders. Raises Trouble where they can't be made, belong to another user or the disk is
        nearly full.
        """
        try:
            self.var.mkdir(parents=True, exist_ok=True)
            for folder in (self.log, self.keyring.parent, self.sandbox, self.metrics):
                folder.mkdir(mode=0o700, exist_ok=True)
            self.sockets.mkdir(
                mode=0o711, exist_ok=True
            )  # PostgreSQL may run as another uid; each socket's folder is 0700
        except OSError as error:
            raise Trouble(
                f"VAR_DIR={self.var} can't be used: {error.strerror} ({error.filename}). Choose another VAR_DIR."
            ) from None
        if self.sockets.is_symlink() or self.sockets.stat().st_uid != os.geteuid():
            raise Trouble(f"{self.sockets} belongs to another user; remove it or choose a shorter VAR_DIR.")
        refuse_full_disk(self.var, FREE_MEGABYTES)
        for log in self.log.glob("*.log"):
            if log.stat().st_size > _LOG_BYTES:
                log.replace(log.with_suffix(".log.1"))


def refuse_full_disk(folder: Path, megabytes: int) -> None:
    """Raises Trouble where fewer than `megabytes` MB are free under `folder`."""
    space = os.statvfs(folder)
    free = space.f_bavail * space.f_frsize // 1_000_000
    if free < megabytes:
        raise Trouble(
            f"Only {free} MB are free on the disk of {folder}; a run needs {megabytes} MB. "
            "Free some, or set VAR_DIR to a folder on another disk."
        )


class Lock:
    """Held by the run that uses a VAR_DIR; released by its end, whatever that is."""

    def __init__(self, var: Path) -> None:
        self._path = var / "run.lock"
        self._file = self._path.open("a+")
        self.unclean = False  # whether the run before us was killed

    def take(self) -> None:
        """Raises Trouble where another run holds it."""
        self._file.seek(0)
        holder = self._file.read().strip()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(
                f"Another run (process {holder}) uses {self._path.parent}: end it first, or start "
                "this one with its own VAR_DIR, PORT and SANDBOX_PORT."
            ) from None
        self.unclean = bool(holder)
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def give_back(self) -> None:
        """Note that this run ended of its own will, and let the next one in."""
        self._file.truncate(0)
        self._file.close()
