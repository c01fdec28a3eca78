"""A way from the browser of a test to the page in a seat, which has none to this host: by the engine."""

from __future__ import annotations

import os
import socket
import subprocess
import threading

from provisioning.seats.engine import Engine


class Relay:
    """Connections to a port of this host reach the same port of a seat."""

    def __init__(self, engine: Engine, seat: str) -> None:
        self._argv = engine.words("exec", "--force-noninteractive", seat, "--", "busybox", "nc", "127.0.0.1")
        self._environment = {**os.environ, **engine.environment}
        self._server = socket.create_server(("127.0.0.1", 0))
        self._started: list[subprocess.Popen[bytes]] = []

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def __enter__(self) -> Relay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)  # which wakes who waits for a connection
        self._server.close()
        for each in self._started:
            each.terminate()
            each.wait()

    def _accept(self) -> None:
        argv = [*self._argv, str(self.port)]
        while True:
            try:
                connection = self._server.accept()[0]
            except OSError:
                return
            with connection:
                fd = connection.fileno()
                self._started.append(subprocess.Popen(argv, stdin=fd, stdout=fd, env=self._environment))
