"""Reading from a web address: servers that loop, hang, drip, lie and send on to where they may not."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from assetmap import PlaceError
from assetmap.sources.fetch import Fetcher, Limits, _Home, _is_public, _may_be_sent_to, named_url

#: Short enough to wait for in a test, long enough for a busy machine.
QUICK = Limits(connect_s=5, read_s=0.5, answer_s=10, all_s=20, answer_bytes=100_000, all_bytes=150_000)

AGAIN = "Try later, or save what is there as files and name their folder instead."


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.headers.append(dict(self.headers))
        self.server.act(self)

    def log_message(self, *_: object) -> None:
        pass

    def answer(
        self, content: bytes, kind: str = "application/json", status: int = 200, **headers: str
    ) -> None:
        self.send_response(status)
        told = {"Content-Type": kind, "Content-Length": str(len(content))}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def send_on(self, where: str, status: int = 302) -> None:
        self.answer(b"", status=status, Location=where)


class Kept(Handler):
    """Keeps its connection open between questions."""

    protocol_version = "HTTP/1.1"


@contextmanager
def serve(
    act: Callable[[Handler], object], handler: type[Handler] = Handler, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, list[str]]]:
    """A server on this computer: its address, and what it was asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.act, server.asked, server.headers = act, [], []
    server.handle_error = lambda *_: None  # the reader hangs up on it: that is what is tested
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http{'s' * (tls is not None)}://127.0.0.1:{server.server_port}", server.asked
    finally:
        server.shutdown()
        server.server_close()


def read(url: str, limits: Limits = QUICK) -> object:
    with Fetcher(url, limits) as fetcher:
        return fetcher.json()


def fault(url: str, limits: Limits = QUICK) -> str:
    with pytest.raises(PlaceError) as caught:
        read(url, limits)
    (problem,) = caught.value.problems
    assert problem.severity == "fatal"
    return str(problem)


def fault_of(act: Callable[[Handler], object], limits: Limits = QUICK) -> tuple[str, str]:
    """What is told of a server that acts so, and its address."""
    with serve(act) as (url, _):
        return fault(url, limits), url


# -- what is read --------------------------------------------------------------------------------


def test_json_is_read_from_the_address_and_below_it():
    with (
        serve(lambda each: each.answer(b'{"a": 1}')) as (url, asked),
        Fetcher(f"{url}/api/?place=x") as fetcher,
    ):
        assert fetcher.json() == {"a": 1}
        assert fetcher.json("services/a%2Fb", {"page": 2, "per_page": 100}) == {"a": 1}
        assert fetcher.content("plain") == (b'{"a": 1}', "application/json")
    assert asked == ["/api?place=x", "/api/services/a%2Fb?place=x&page=2&per_page=100", "/api/plain?place=x"]


def test_an_address_may_hold_any_letter():
    with serve(lambda each: each.answer(b"1")) as (url, asked):
        assert read(f"{url}/café?ort=Köln") == 1
    assert asked == ["/caf%C3%A9?ort=K%C3%B6ln"]


def test_gzip_is_unpacked():
    with serve(lambda each: each.answer(gzip.compress(b'["a"]'), Content_Encoding="gzip")) as (url, _):
        assert read(url) == ["a"]


def test_utf_16_and_a_byte_order_mark_are_read():
    for encoding in ("utf-16", "utf-8-sig"):
        content = '["é"]'.encode(encoding)
        with serve(lambda each, content=content: each.answer(content)) as (url, _):
            assert read(url) == ["é"]


def test_a_connection_is_kept_and_opened_anew_where_it_was_closed():
    ports = []

    def act(each: Handler) -> None:
        ports.append(each.client_address[1])
        each.answer(b"1")
        if len(ports) == 2:  # hangs up without having said so
            each.close_connection = True

    with serve(act, Kept) as (url, _), Fetcher(url) as fetcher:
        assert [fetcher.json() for _ in range(3)] == [1, 1, 1]
    assert ports[0] == ports[1] != ports[2]


def test_it_may_send_on_within_the_host_that_was_given():
    def act(each: Handler) -> None:
        if each.path == "/here":
            each.answer(b"1")
        else:
            each.send_on("/here" if each.path == "/there" else "/there", 308)

    with serve(act) as (url, asked):
        assert read(url) == 1
    assert asked == ["/", "/there", "/here"]


def test_no_proxy_of_the_environment_sees_the_question(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serve(lambda each: each.answer(b"1")) as (url, _):
        assert read(url) == 1


# -- addresses that are none ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("file:///etc/passwd", "file:///etc/passwd: It is an address of another kind (file). Only http and https are read."),
        ("ftp://host/x", "ftp://host/x: It is an address of another kind (ftp). Only http and https are read."),
        ("http://", "http://: It is no web address. One looks like https://feed.example.org/api."),
        ("http://host:99999/", "http://…: It is no web address. One looks like https://feed.example.org/api."),
        ("http://ho st/", "http://ho st/: It is no web address. One looks like https://feed.example.org/api."),
        ("http://host/\r\nX: y", "http://host/X: y: It is no web address. One looks like https://feed.example.org/api."),
        (
            "https://me:secret@feed.example/api?key=secret",
            "https://feed.example/api: It is an address with a user name or a password in it. Remove it: assetmap sends none, and a file is no place to keep one.",
        ),
        ("https://me:sec/ret@feed.example/", "https://…: It is no web address. One looks like https://feed.example.org/api."),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_one(url, message):
    assert fault(url) == message


def test_a_key_in_the_address_is_sent_and_never_told():
    with serve(lambda each: each.answer(b"", status=403)) as (url, asked):
        told = fault(f"{url}/api?key=secret#part")
    assert asked == ["/api?key=secret"]
    assert told == f"{url}/api: It refuses (HTTP 403). Ask its publisher for an open address, or for files."


def test_a_name_that_is_no_computers():
    told = fault("http://no-such-host.invalid/")
    assert told == (
        "http://no-such-host.invalid: No computer of the name no-such-host.invalid is found. "
        "Check the address, and that this computer is on the internet."
    )
    assert "is found. Check" in fault(f"http://{'x' * 70}.example/")  # longer than a name may be


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    told = fault(f"http://127.0.0.1:{port}")
    assert told.startswith(f"http://127.0.0.1:{port}: It cannot be reached: ")
    assert told.endswith(". Check the address, and that this computer is on the internet.")


# -- sent on -------------------------------------------------------------------------------------


def test_sent_on_in_a_loop():
    told, url = fault_of(lambda each: each.send_on("/b" if each.path == "/" else "/"))
    assert told == f"{url}: It sends on in a loop. {AGAIN}"


def test_sent_on_without_end():
    told, url = fault_of(lambda each: each.send_on(f"{each.path}x"))
    assert told == f"{url}: It sends on more than 5 times. {AGAIN}"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.2", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "[::1]", "[::ffff:127.0.0.2]", "[fe80::1]", "[fd00::1]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]",
        "2130706434", "0x7f000002", "0177.0.0.2", "127.2", "224.0.0.1",
    ],
)  # fmt: skip
def test_sent_on_to_another_private_host_is_refused(host):
    told, url = fault_of(lambda each: each.send_on(f"http://{host}/latest/meta-data"))
    shown = host.strip("[]")
    assert told == (
        f"{url}: It sends on to a private address ({shown}), which is refused. If you trust it, give that address itself."
    )


def test_sent_on_to_a_name_of_this_computer_or_another_of_its_doors_is_refused():
    with serve(lambda each: each.answer(b'"secret"')) as (inner, asked):
        for there in (inner, inner.replace("127.0.0.1", "localhost")):
            told, _ = fault_of(lambda each, there=there: each.send_on(there))
            assert "It sends on to a private address (" in told
    assert asked == []


def test_a_name_keeps_its_addresses_between_two_questions(monkeypatch):
    """A name that means another computer a moment later (DNS rebinding) still reaches the one that was checked."""
    with (
        serve(lambda each: each.answer(b"1")) as (url, asked),
        Fetcher(url.replace("127.0.0.1", "localhost")) as fetcher,
    ):
        fetcher.json()
        fetcher.close()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up a second time"))
        assert fetcher._found[("localhost", int(url.rpartition(":")[2]))]
        monkeypatch.undo()
        fetcher.json()
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("addresses", "port", "allowed"),
    [
        (["10.0.0.5"], 8080, True),
        (["10.0.0.5"], 22, False),
        (["10.0.0.6"], 8080, False),
        (["10.0.0.5", "10.0.0.6"], 8080, False),
        (["127.0.0.1"], 8080, False),
        (["8.8.8.8"], 443, True),
        (["8.8.8.8", "10.0.0.6"], 443, False),
    ],
)
def test_a_private_host_that_the_user_gave_may_send_on_to_itself_and_to_the_public_alone(
    addresses, port, allowed
):
    assert _may_be_sent_to(addresses, port, _Home(frozenset({"10.0.0.5"}), 8080)) is allowed


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(address):
    assert _is_public(address)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (
            "file:///etc/passwd",
            "It sends on to an address of another kind (file). Only http and https are read.",
        ),
        ("http://[", "It sends on to no web address. One looks like https://feed.example.org/api."),
        (
            "http://me:secret@127.0.0.1/",
            "It sends on to an address with a user name or a password in it. Remove it: assetmap sends none, and a file is no place to keep one.",
        ),
    ],
)
def test_sent_on_to_what_is_never_read(where, message):
    told, url = fault_of(lambda each: each.send_on(where))
    assert told == f"{url}: {message}"


# -- answers that never end, or are too much ------------------------------------------------------


def test_it_hangs():
    told, url = fault_of(lambda each: time.sleep(0.8))
    assert told == f"{url}: It does not answer within 0.5 seconds. {AGAIN}"


def drip(each: Handler, start: bytes, piece: bytes) -> None:
    each.wfile.write(start)
    for _ in range(15):
        each.wfile.write(piece)
        time.sleep(0.1)


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"]
)
def test_it_drips(start):
    began = time.monotonic()
    told, url = fault_of(
        lambda each: drip(each, start, b"H: x\r\n" if start.endswith(b"OK\r\n") else b"x"),
        replace(QUICK, answer_s=1),
    )
    assert told == f"{url}: Its answer takes longer than 1 second. {AGAIN}"
    assert time.monotonic() - began < 10


def test_all_answers_together_take_too_long():
    limits = Limits(read_s=0.5, answer_s=1, all_s=0.4)
    told, url = fault_of(lambda each: time.sleep(0.7), limits)
    assert told == f"{url}: All its answers together take longer than 0.4 seconds. {AGAIN}"


LESS = "Ask for less of it at a time, or ask its publisher for files of your place only."


def test_it_says_that_it_is_too_large():
    told, url = fault_of(lambda each: each.answer(b"[]", Content_Length="100001"))
    assert told == f"{url}: Its answer is larger than 0.1 MB. {LESS}"


def test_it_is_too_large_without_saying_so():
    def act(each: Handler) -> None:
        each.send_response(200)
        each.end_headers()
        for _ in range(20):
            each.wfile.write(b" " * 10_000)

    told, url = fault_of(act)
    assert told == f"{url}: Its answer is larger than 0.1 MB. {LESS}"


def test_a_gzip_bomb():
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 60_000
    told, url = fault_of(lambda each: each.answer(bomb, Content_Encoding="gzip"))
    assert told == f"{url}: Its answer is larger than 0.1 MB. {LESS}"


def test_all_answers_together_are_too_large():
    with (
        serve(lambda each: each.answer(b'"' + b"x" * 80_000 + b'"')) as (url, _),
        Fetcher(url, QUICK) as fetcher,
    ):
        fetcher.json()
        with pytest.raises(PlaceError) as caught:
            fetcher.json()
    assert str(caught.value) == f"{url}: All its answers together are larger than 0.15 MB. {LESS}"


# -- answers that are no use ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "It wants a key or a password (HTTP 401). assetmap sends none: ask its publisher for an open address, or for files."),
        (404, "There is nothing at that address (HTTP 404). Check the address."),
        (429, f"It has had too many questions (HTTP 429). {AGAIN}"),
        (500, f"It fails (HTTP 500). {AGAIN}"),
        (503, f"It fails (HTTP 503). {AGAIN}"),
        (204, f"It gives no data (HTTP 204). {AGAIN}"),
        (302, f"It gives no data (HTTP 302). {AGAIN}"),
    ],
)  # fmt: skip
def test_an_answer_that_says_no(status, message):
    told, url = fault_of(lambda each: each.answer(b"", status=status))
    assert told == f"{url}: {message}"


def test_a_web_page_instead_of_data():
    page = b"<!doctype html><title>Services</title>"
    for kind in ("text/html; charset=utf-8", "application/json"):
        told, url = fault_of(lambda each, kind=kind: each.answer(page, kind))
        assert told == (
            f"{url}: It answers with a web page, not with JSON. "
            "Check the address: that of the data is wanted, not that of the page which shows it."
        )


@pytest.mark.parametrize("content", [b"", b"{", b"[NaN]", b"[" * 90_000, b'"\xff"', b"nothing"])
def test_an_answer_that_is_not_json(content):
    told, url = fault_of(lambda each: each.answer(content))
    assert told == f"{url}: Its answer is not valid JSON. {AGAIN}"


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"[1, 2", {"Content_Length": "20"}),
        (gzip.compress(b"[1, 2]" * 100)[:-12], {"Content_Encoding": "gzip"}),
        (b"[1, 2]", {"Content_Encoding": "gzip"}),
        (b"20\r\n[1, 2", {"Transfer_Encoding": "chunked"}),
    ],
)
def test_an_answer_that_is_cut_short(content, headers):
    def act(each: Handler) -> None:
        each.send_response(200)
        for name, value in headers.items():
            each.send_header(name.replace("_", "-"), value)
        each.end_headers()
        each.wfile.write(content)

    with serve(act, Kept if "Transfer_Encoding" in headers else Handler) as (url, _):
        told = fault(url) if "Transfer_Encoding" not in headers else fault(url, Limits(read_s=0.5))
    if "Transfer_Encoding" in headers:
        assert told == f"{url}: It does not answer within 0.5 seconds. {AGAIN}"
    else:
        assert told == f"{url}: Its answer is cut short or damaged. {AGAIN}"


def test_an_answer_packed_in_another_way():
    told, url = fault_of(lambda each: each.answer(b"\x0b\x00", Content_Encoding="br"))
    assert told == f"{url}: Its answer is packed in a way that was not asked for (br). {AGAIN}"


def test_no_web_server():
    told, url = fault_of(lambda each: each.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n"))
    assert told == f"{url}: It does not answer as a web server does. Check the address."


def test_it_hangs_up():
    told, url = fault_of(lambda each: None)
    assert told == f"{url}: It hangs up without an answer. {AGAIN}"


def test_a_fault_does_not_spoil_the_next_answer():
    def act(each: Handler) -> None:
        each.answer(b"x" * 99_999 if each.path == "/bad" else b"1")

    with serve(act, Kept) as (url, _), Fetcher(url, Limits(answer_bytes=1_000)) as fetcher:
        with pytest.raises(PlaceError):
            fetcher.json("bad")
        assert fetcher.json("good") == 1


# -- secure addresses ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost that signs itself, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(
        [*command.split(), "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True,
        capture_output=True,
    )
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def secure(certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    return tls


@pytest.fixture
def trusted(certificate, monkeypatch):
    """The computer trusts the certificate, as it would one of an authority of its own."""
    from assetmap.sources import fetch

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    fetch._context.cache_clear()
    yield
    fetch._context.cache_clear()


def test_a_secure_address_that_nobody_vouches_for(secure):
    with serve(lambda each: each.answer(b"1"), tls=secure) as (url, asked):
        told = fault(url.replace("127.0.0.1", "localhost"))
    assert told == (
        f"{url.replace('127.0.0.1', 'localhost')}: It cannot show who it is: self-signed certificate. "
        "Ask its publisher to mend the certificate."
    )
    assert asked == []


def test_a_secure_address_is_read_under_its_own_name(secure, trusted):
    with serve(lambda each: each.answer(b"1"), tls=secure) as (url, _):
        assert read(url.replace("127.0.0.1", "localhost")) == 1
        assert "It cannot show who it is: IP address mismatch" in fault(url)


def test_sent_on_from_a_secure_address_to_one_that_is_not(secure, trusted):
    with serve(lambda each: each.send_on("http://example.org/"), tls=secure) as (url, _):
        told = fault(url.replace("127.0.0.1", "localhost"))
    assert told.endswith(
        ": It sends on from a secure address (https) to one that is not. Give the address that it sends on to, if you trust it."
    )


def test_a_plain_server_at_a_secure_address():
    with serve(lambda each: each.answer(b"1")) as (url, _):
        told = fault(url.replace("http:", "https:"))
    assert "It cannot be reached: " in told


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://feed.example/api?key=1#x", "https://feed.example/api"),
        ("https://me@feed.example:8443/a@b", "https://feed.example:8443/a@b"),
        ("https://feed.example?user=me@home", "https://feed.example"),
    ],
)
def test_what_an_address_is_called(url, named):
    assert named_url(url) == named
