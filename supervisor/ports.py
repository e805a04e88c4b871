"""The two ports that a run listens on."""

import errno
import socket
import time

from supervisor.errors import Trouble


def refuse_taken(wanted: dict[str, int], patience: float = 0.0) -> None:
    """Raises Trouble that names each taken port of {setting: port}.

    patience: seconds to wait for the processes of a killed run, which the guard is still ending.
    """
    deadline = time.monotonic() + patience
    while taken := {setting: port for setting, port in wanted.items() if not free(port)}:
        if time.monotonic() >= deadline:
            raise Trouble(
                "\n".join(
                    f"Port {port} is taken by another program: end that, or set {setting} to a free port "
                    f"(for example {setting}={some_free()})."
                    for setting, port in taken.items()
                )
            )
        time.sleep(0.2)


def free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether we could listen there. Raises Trouble where the port is not ours to ask for."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise Trouble(f"Can't listen on port {port}: {error.strerror}. Choose a port from 1024 to 65535.") from None
    return True


def some_free() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
