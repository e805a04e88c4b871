"""Starting and ending programs, each in a process group of its own, none of which outlives us."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from supervisor import guard

# By our own pid, for a process forked from us must not speak to our guard, nor end what is ours.
_guards: dict[int, subprocess.Popen[str]] = {}
_watched: dict[int, dict[int, int]] = {}


def start(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path | None = None,
    user: int | None = None,
    end_with: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` as the leader of a new process group, its output appended to `log`.

    user: uid (and gid) to become, only as root. end_with: the signal that ends it decently, which the guard
    uses if this process dies first.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(env),
            process_group=0,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    _watch(process.pid, int(end_with))
    return process


def end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM, patience: float = 5.0) -> None:
    """Signal the process, wait up to `patience` seconds, then SIGKILL what is left of its group. Ends at once
    if it is dead.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number) if process.poll() is None else None
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL the whole group, reap its leader and let the guard forget it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    _forget(process.pid)


def with_directory(directory: Path, program: str) -> list[int]:
    """The pids of processes called `program` whose working directory is `directory`.

    So the servers of an earlier run are found again, whoever their parent is: it works in its data directory.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == directory and (entry / "comm").read_text().strip() == program:
                found.append(int(entry.name))
    return found


def end_pids(pids: Sequence[int], number: int, patience: float) -> None:
    """Signal processes that aren't our children, wait until they are gone, SIGKILL the rest."""
    _signal(pids, number)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and any(lives(pid) for pid in pids):
        time.sleep(0.05)
    _signal([pid for pid in pids if lives(pid)], signal.SIGKILL)


def lives(pid: int) -> bool:
    """Whether the process runs; one that only waits to be reaped doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


def _signal(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _watch(group: int, number: int) -> None:
    watched = _watched.setdefault(os.getpid(), {})
    watched[group] = number
    _tell_guard(f"+ {group} {number}")


def _forget(group: int) -> None:
    if _watched.get(os.getpid(), {}).pop(group, None) is not None:
        _tell_guard(f"- {group}")


def _tell_guard(line: str) -> None:
    """One guard for each process that starts others, made at the first need, again where it was killed."""
    keeper = _guards.get(os.getpid())
    if keeper is None or keeper.poll() is not None or keeper.stdin is None:
        keeper = _guards[os.getpid()] = subprocess.Popen(
            [sys.executable, "-I", str(Path(guard.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        line = "\n".join(f"+ {group} {number}" for group, number in _watched[os.getpid()].items())
    if keeper.stdin and line:
        keeper.stdin.write(line + "\n")
        keeper.stdin.flush()
