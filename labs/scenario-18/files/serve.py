"""Tell whoever connects in one line who serves, and whom one sees. Arguments: ADDRESS:PORT, one or more.

What stands in the file /srv/word, if there is one, is told as well.
"""

import os
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

WORD = Path("/srv/word")


def serve(server):
    while True:
        visitor, (address, _) = server.accept()
        with visitor, suppress(OSError):
            word = f", and the word is {WORD.read_text().strip()}" if WORD.is_file() else ""
            visitor.sendall(f"{socket.gethostname()}, and I see {address}{word}\n".encode())


servers = []
for place in sys.argv[1:]:
    address, _, port = place.rpartition(":")
    try:
        servers.append(socket.create_server((address, int(port))))
    except OSError as error:
        sys.exit(f"refused: {os.strerror(error.errno)}")
for each in servers:
    threading.Thread(target=serve, args=[each]).start()
print("open", flush=True)
