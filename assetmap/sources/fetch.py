"""Reading from a web address that the user gave: bounded in time and size, and sent nowhere private.

The address that the user gives may be anywhere, this computer included. What its answers send on to may not:
every address of such a host must be a public one, and the connection is made to the very address that was checked,
so that a name cannot mean another computer a moment later (the server-side request forgery rules of OWASP).
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import json
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit

import certifi

from assetmap.errors import PlaceError, Problem, counted

__all__ = ["LIMITS", "Fetcher", "Limits", "is_url", "named_url", "parse_json"]

_PORTS = {"http": 80, "https": 443}
_AGAIN = "Try later, or save what is there as files and name their folder instead."
_CHECK = "Check the address, and that this computer is on the internet."
_CHUNK = 65_536
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "assetmap"}

#: What may stand in the path and query of a request as it is.
_AS_IT_IS = "/%:@!$&'()*+,;=~-._?"

#: Addresses of IPv4 written as IPv6, so that http://[64:ff9b::a00:1] does not reach 10.0.0.1.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_SENDS_ON = (301, 302, 303, 307, 308)
_STATUS = {
    400: ("It does not understand the question", "Check the address."),
    401: (
        "It wants a key or a password",
        "assetmap sends none: ask its publisher for an open address, or for files.",
    ),
    403: ("It refuses", "Ask its publisher for an open address, or for files."),
    404: ("There is nothing at that address", "Check the address."),
    410: ("What was there is gone", "Ask its publisher for the new address."),
    429: ("It has had too many questions", _AGAIN),
}


@dataclass(frozen=True)
class Limits:
    """How long and how large an answer may be.

    Parameters
    ----------
    connect_s, read_s, answer_s, all_s
        Seconds to wait for a connection, for the next piece of an answer, for a whole answer, and for all answers.
    answer_bytes, all_bytes
        Bytes, after unpacking, of one answer and of all.
    redirects
        How often an answer may send on.
    """

    connect_s: float = 10
    read_s: float = 30
    answer_s: float = 120
    all_s: float = 3_600
    answer_bytes: int = 50_000_000
    all_bytes: int = 1_000_000_000
    redirects: int = 5


#: Enough for a feed of a county, and little enough to wait for.
LIMITS = Limits()


def is_url(text: str) -> bool:
    """Whether a text is meant as a web address rather than as a file."""
    return "://" in text


def named_url(url: str) -> str:
    """A web address as readers are told it: without user name, password, query or fragment.

    Examples
    --------
    >>> named_url("https://me:secret@feed.example/services?key=1")
    'https://feed.example/services'
    """
    try:
        parts = urlsplit(url)
        int(parts.port or 0)
    except ValueError:
        return f"{url.partition('://')[0]}://…"  # what looks like a port may be a password
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


class _Home(NamedTuple):
    """The host that the user gave: the only one that need not be public."""

    addresses: frozenset[str]
    port: int


class Fetcher:
    """Reads from one web address and what lies below it, counting time and bytes over all answers.

    Parameters
    ----------
    url
        The address that the user gave, http or https.
    limits
        How long and how large the answers may be.

    Raises
    ------
    PlaceError
        For an address that cannot be one. As does every reading of it, in words, for whatever goes wrong.
    """

    def __init__(self, url: str, limits: Limits = LIMITS) -> None:
        self._url = url.strip()
        self._limits = limits
        self._until = time.monotonic() + limits.all_s
        self._left = limits.all_bytes
        self._found: dict[tuple[str, int], list[str]] = {}
        self._home: _Home | None = None
        self._open: tuple[tuple[str, str, int], _Connection] | None = None
        _parts(self._url, named_url(self._url))

    def content(self, path: str = "", query: Mapping[str, object] | None = None) -> tuple[bytes, str]:
        """What is at a path below the address, and the type that it is said to be.

        Parameters
        ----------
        path
            Such as "services"; each part already fit for a URL.
        query
            Added to what the address itself asks.
        """
        return self._follow(self._below(path, query))

    def json(self, path: str = "", query: Mapping[str, object] | None = None) -> Any:
        """The JSON at a path below the address; as `content`."""
        url = self._below(path, query)
        content, kind = self._follow(url)
        try:
            return parse_json(content)
        except (ValueError, RecursionError):
            page = "html" in kind or content.lstrip()[:1] == b"<"
            what = "It answers with a web page, not with JSON." if page else "Its answer is not valid JSON."
            remedy = "Check the address: that of the data is wanted, not that of the page which shows it."
            raise _fault(named_url(url), what, remedy if page else _AGAIN) from None

    def close(self) -> None:
        """Let go of the connection."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _below(self, path: str, query: Mapping[str, object] | None) -> str:
        base = urlsplit(self._url)
        asked = "&".join(part for part in (base.query, urlencode(query or {})) if part)
        below = "/".join(part for part in (base.path.rstrip("/"), path) if part)
        return base._replace(path=below, query=asked, fragment="").geturl()

    def _follow(self, url: str) -> tuple[bytes, str]:
        """The content at a URL, or where it sends on to, and its content type."""
        named = named_url(url)
        until = min(time.monotonic() + self._limits.answer_s, self._until)
        seen: list[str] = []
        while True:
            parts = _parts(url, named, sent_on=bool(seen))
            if seen and (urlsplit(seen[-1]).scheme, parts.scheme) == ("https", "http"):
                what = "It sends on from a secure address (https) to one that is not."
                raise _fault(named, what, "Give the address that it sends on to, if you trust it.")
            seen.append(url)
            try:
                with _told(named, self._limits, self._until):
                    onward, content, kind = self._ask(parts, named, until)
            except BaseException:
                self.close()  # with part of an answer still to come, it is of no more use
                raise
            if onward is None:
                return content, kind
            try:
                url = urljoin(url, onward)
            except ValueError:
                url = "http:"  # which `_parts` refuses in words
            if url in seen:
                raise _fault(named, "It sends on in a loop.", _AGAIN)
            if len(seen) > self._limits.redirects:
                raise _fault(
                    named, f"It sends on more than {counted(self._limits.redirects, 'time')}.", _AGAIN
                )

    def _ask(self, parts: SplitResult, named: str, until: float) -> tuple[str | None, bytes, str]:
        """One request: where it sends on to (or None), the content, and its type."""
        target = quote(
            parts._replace(scheme="", netloc="", path=parts.path or "/", fragment="").geturl(), safe=_AS_IT_IS
        )
        connection, used = self._connection(parts, named, until)
        try:
            answer = connection.ask(target, until)
        except ConnectionError:
            if not used:
                raise
            # The host had closed a connection that was kept open since the last request.
            self.close()
            connection, _ = self._connection(parts, named, until)
            answer = connection.ask(target, until)
        with answer:
            onward = answer.getheader("Location") if answer.status in _SENDS_ON else None
            if answer.status != 200 and onward is None:
                otherwise = ("It fails" if answer.status >= 500 else "It gives no data", _AGAIN)
                what, remedy = _STATUS.get(answer.status, otherwise)
                raise _fault(named, f"{what} (HTTP {answer.status}).", remedy)
            content = b"" if onward else self._content(answer, named)
        if onward or answer.will_close:
            self.close()
        return onward, content, (answer.getheader("Content-Type") or "").casefold()

    def _connection(self, parts: SplitResult, named: str, until: float) -> tuple[_Connection, bool]:
        """A connection to a host that may be asked, and whether it was open already."""
        assert parts.hostname is not None
        # A name that was once looked up keeps its addresses: it cannot be given others between two requests.
        key = (parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])
        if self._open is not None:
            if self._open[0] == key:
                return self._open[1], True
            self.close()
        if key[1:] not in self._found:
            patience = min(self._limits.connect_s, until - time.monotonic())
            self._found[key[1:]] = _addresses(parts.hostname, key[2], named, patience)
        addresses = self._found[key[1:]]
        if self._home is None:
            self._home = _Home(frozenset(addresses), key[2])
        elif not _may_be_sent_to(addresses, key[2], self._home):
            what = f"It sends on to a private address ({parts.hostname}), which is refused."
            raise _fault(named, what, "If you trust it, give that address itself.")
        connection = _Connection(parts.hostname, key[2], addresses, parts.scheme == "https", self._limits)
        self._open = (key, connection)
        return connection, False

    def _content(self, answer: http.client.HTTPResponse, named: str) -> bytes:
        """The whole body, unpacked, within the limits."""
        limit = min(self._limits.answer_bytes, self._left)
        encoding = (answer.getheader("Content-Encoding") or "identity").strip().casefold()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise _fault(named, f"Its answer is packed in a way that was not asked for ({encoding}).", _AGAIN)
        unpack = None if encoding == "identity" else zlib.decompressobj(wbits=31)
        if (answer.length or 0) > limit:
            raise self._too_large(named)
        content = bytearray()
        while piece := answer.read(_CHUNK):
            content += piece if unpack is None else unpack.decompress(piece, limit + 1 - len(content))
            if len(content) > limit:
                raise self._too_large(named)
        if answer.length or (unpack is not None and (not unpack.eof or unpack.unused_data)):
            raise http.client.IncompleteRead(b"")
        self._left -= len(content)
        return bytes(content)

    def _too_large(self, named: str) -> PlaceError:
        every = self._left < self._limits.answer_bytes
        limit = self._limits.all_bytes if every else self._limits.answer_bytes
        what = "All its answers together are" if every else "Its answer is"
        remedy = "Ask for less of it at a time, or ask its publisher for files of your place only."
        return _fault(named, f"{what} larger than {limit / 1e6:,.6g} MB.", remedy)


class _Late(Exception):  # noqa: N818 - never leaves this module
    """The time for the whole answer is over."""


class _Silent(Exception):  # noqa: N818 - never leaves this module
    """Nothing came for as many seconds."""


class _Connection(http.client.HTTPConnection):
    """A connection to addresses that were checked, under the name that they were found by."""

    def __init__(self, host: str, port: int, addresses: list[str], secure: bool, limits: Limits) -> None:
        super().__init__(host, port)
        self.default_port = _PORTS["https" if secure else "http"]
        self._addresses, self._secure, self.limits = addresses, secure, limits
        self.until = 0.0

    def ask(self, target: str, until: float) -> http.client.HTTPResponse:
        self.until = until
        self.request("GET", target, headers=_HEADERS)
        return self.getresponse()

    def connect(self) -> None:
        for number, address in enumerate(self._addresses, start=1):
            left, patience = self.until - time.monotonic(), self.limits.connect_s
            if left <= 0:
                raise _Late
            try:
                sock = socket.create_connection((address, self.port), min(patience, left))
                if self._secure:
                    sock = _context().wrap_socket(sock, server_hostname=self.host)
                break
            except ssl.SSLError:
                raise
            except OSError as error:
                if number == len(self._addresses):
                    if not isinstance(error, TimeoutError):
                        raise
                    raise (_Late if left <= patience else _Silent(patience)) from None
        self.sock = _TimedSocket(sock, self)


class _TimedSocket:
    """As much of a socket as `http.client` uses, with an end to the whole time."""

    def __init__(self, sock: socket.socket, connection: _Connection) -> None:
        self._sock, self._connection = sock, connection
        self.sendall, self.close = sock.sendall, sock.close

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return io.BufferedReader(_Timed(self._sock, self._connection))


class _Timed(io.RawIOBase):
    """What comes from a socket, each piece awaited no longer than is left of the whole time."""

    def __init__(self, sock: socket.socket, connection: _Connection) -> None:
        self._sock, self._connection = sock, connection
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left, patience = self._connection.until - time.monotonic(), self._connection.limits.read_s
        if left <= 0:
            raise _Late
        self._sock.settimeout(min(patience, left))
        try:
            return self._raw.readinto(buffer)
        except TimeoutError:
            raise (_Late if left <= patience else _Silent(patience)) from None

    def close(self) -> None:
        self._raw.close()
        super().close()


@cache
def _context() -> ssl.SSLContext:
    """Whom to believe: the system's own list of authorities and Mozilla's, since neither is whole everywhere."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _parts(url: str, named: str, sent_on: bool = False) -> SplitResult:
    """The parts of a URL that may be asked."""
    is_ = "It sends on to" if sent_on else "It is"
    try:
        parts = urlsplit(url)
        usable = parts.scheme not in _PORTS or (bool(parts.hostname) and parts.port != 0)
    except ValueError:
        usable = False
    if not usable or not parts.scheme or not url.isprintable() or " " in url:
        raise _fault(named, f"{is_} no web address.", "One looks like https://feed.example.org/api.")
    if parts.scheme not in _PORTS:
        raise _fault(
            named, f"{is_} an address of another kind ({parts.scheme}).", "Only http and https are read."
        )
    if "@" in parts.netloc:
        what = f"{is_} an address with a user name or a password in it."
        raise _fault(named, what, "Remove it: assetmap sends none, and a file is no place to keep one.")
    return parts


def _addresses(host: str, port: int, named: str, timeout: float) -> list[str]:
    """Every address of a host."""
    found: list[str] = []
    failed: list[Exception] = []

    def look() -> None:
        try:
            found.extend(
                dict.fromkeys(
                    str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                )
            )
        except (OSError, UnicodeError) as error:
            failed.append(error)

    # In a thread, since the system's own look-up has no time limit.
    looker = threading.Thread(target=look, daemon=True)
    looker.start()
    looker.join(max(timeout, 0))
    if failed or not found:
        raise _fault(named, f"No computer of the name {host} is found.", _CHECK)
    return found


def _may_be_sent_to(addresses: list[str], port: int, home: _Home) -> bool:
    """Whether an answer may send on there: to public addresses, or to the user's own host and port."""
    same_port = port == home.port or (home.port, port) == (_PORTS["http"], _PORTS["https"])
    return all(_is_public(each) or (same_port and each in home.addresses) for each in addresses)


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            return _is_public(str(inner))
    return found.is_global and not found.is_multicast


@contextmanager
def _told(named: str, limits: Limits, until: float) -> Iterator[None]:
    """Say in words what goes wrong between two computers."""
    try:
        yield
    except _Late:
        every = time.monotonic() >= until
        seconds = limits.all_s if every else limits.answer_s
        what = "All its answers together take" if every else "Its answer takes"
        raise _fault(named, f"{what} longer than {_time(seconds)}.", _AGAIN) from None
    except _Silent as silence:
        raise _fault(named, f"It does not answer within {_time(silence.args[0])}.", _AGAIN) from None
    except ssl.SSLCertVerificationError as error:
        what = f"It cannot show who it is: {error.verify_message}."
        raise _fault(named, what, "Ask its publisher to mend the certificate.") from None
    except (http.client.IncompleteRead, zlib.error):
        raise _fault(named, "Its answer is cut short or damaged.", _AGAIN) from None
    except http.client.RemoteDisconnected:
        raise _fault(named, "It hangs up without an answer.", _AGAIN) from None
    except http.client.HTTPException:
        raise _fault(named, "It does not answer as a web server does.", "Check the address.") from None
    except OSError as error:
        raise _fault(named, f"It cannot be reached: {error.strerror or 'no connection'}.", _CHECK) from None


def _time(seconds: float) -> str:
    return (
        counted(round(seconds / 60), "minute")
        if seconds >= 120
        else f"{seconds:g} second{'s' * (seconds != 1)}"
    )


def _fault(named: str, what: str, remedy: str) -> PlaceError:
    return PlaceError(Problem(named, what, remedy))


def parse_json(content: bytes) -> Any:
    """JSON as the standard has it, without NaN and its like.

    Raises
    ------
    ValueError, RecursionError
        Where it is none, or is nested too deep.
    """
    return json.loads(content, parse_constant=_no_constant)


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number in JSON")
