"""The last hand: ends the process groups it was told of, should its parent die without doing so itself.

Run as a program; only the standard library, because it must start wherever Python does. It reads lines from
its standard input: `+ <group> <signal>` watches a group, `- <group>` forgets it. The end of the input means
that the parent is gone, by its own will or by kill -9: what is then still watched gets its signal, and after
PATIENCE seconds SIGKILL.
"""

import contextlib
import os
import signal
import sys
import time

PATIENCE = 5.0


def main() -> None:
    """Follow the input to its end, then end what is left."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    watched: dict[int, int] = {}
    for line in sys.stdin:
        words = line.split()
        if words[0] == "+":
            watched[int(words[1])] = int(words[2])
        else:
            watched.pop(int(words[1]), None)
    end_groups(watched)


def end_groups(groups: dict[int, int]) -> None:
    """Signal each group {group: signal}, wait, then SIGKILL what is left."""
    for group, number in groups.items():
        _send(group, number)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(alive(group) for group in groups):
        time.sleep(0.05)
    for group in groups:
        _send(group, signal.SIGKILL)


def alive(group: int) -> bool:
    """Whether any process is left in the group; one that only waits to be reaped is none."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", "rb") as stat:
                state, _, of_group = stat.read().rpartition(b")")[2].split()[:3]
                if int(of_group) == group and state not in b"ZX":
                    return True
    return False


def _send(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    main()
