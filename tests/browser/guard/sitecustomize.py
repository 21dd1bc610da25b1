"""Put on the path of a Python process, writes every address that it reaches for into a file."""

import os
import sys

_LOG = os.environ["ASSETMAP_TEST_ADDRESSES"]


def _note(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.sendto"):
        address = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        address = arguments[0]
    else:
        return
    host = address[0] if isinstance(address, tuple) else address
    with open(_LOG, "a", encoding="utf-8") as log:  # noqa: PTH123 - pathlib is not to be loaded here
        log.write(f"{event} {host}\n")


sys.addaudithook(_note)
