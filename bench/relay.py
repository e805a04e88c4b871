"""Counts round trips where nobody can forget one: on the wire between a web worker and PostgreSQL."""

import contextlib
import socket
import threading
from pathlib import Path

NAME = ".s.PGSQL.5432"
READY, COMPLETE = b"Z", b"C"  # ReadyForQuery ends a round trip; CommandComplete names what was done


class Relay:
    """A unix socket in `folder` that passes everything on to the server's in `real`, and listens to its answers."""

    def __init__(self, real: Path, folder: Path) -> None:
        self._real = str(real / NAME)
        self._done: list[str] = []
        self._trips = 0
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(folder / NAME))
        self._socket.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def take(self) -> tuple[int, list[str]]:
        """Round trips since the last call, and the commands done in them, e.g. ["BEGIN", "SELECT", "COMMIT"]."""
        trips, done, self._trips, self._done = self._trips, self._done, 0, []
        return trips, done

    def _accept(self) -> None:
        while True:
            client, _ = self._socket.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._real)
            threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
            threading.Thread(target=self._answers, args=(server, client), daemon=True).start()

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        left = b""
        with contextlib.suppress(OSError):  # either side hung up
            while data := server.recv(65536):
                left = self._listen(left + data)
                client.sendall(data)
        client.close()

    def _listen(self, data: bytes) -> bytes:
        """Messages are a letter, four bytes of length, and the rest; gives back what isn't whole yet."""
        while len(data) >= 5 and len(data) > (length := int.from_bytes(data[1:5])):
            kind, body, data = data[:1], data[5:length + 1], data[length + 1:]
            if kind == READY:
                self._trips += 1
            elif kind == COMPLETE:
                self._done.append(body.rstrip(b"\0").decode().split()[0])
        return data


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    target.close()
