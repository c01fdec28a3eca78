"""Ask who serves at each ADDRESS:PORT, and print a line for each: the answer, or nobody and why."""

import socket
import sys

for place in sys.argv[1:]:
    address, _, port = place.rpartition(":")
    try:
        with socket.create_connection((address, int(port)), 2) as there:
            print(there.recv(1000).decode().strip() or "nobody (the door was opened, and closed without a word)")
    except OSError as error:
        print(f"nobody ({error.strerror or error})")
