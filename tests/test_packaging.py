"""The wheel holds what the app needs and runs without the checkout; the pins are whole."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import check_wheels
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
DEADLINE_S = 90


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def wheel_files(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts folder of a venv with the wheel in it; its dependencies are lent by the running one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    # As a plain path its own .pth files stay unread, so an editable install cannot lend assetmap itself.
    paths = {"base": str(folder), "platbase": str(folder)}
    (Path(sysconfig.get_path("purelib", "venv", vars=paths)) / "lent.pth").write_text(
        sysconfig.get_path("purelib") + "\n"
    )
    return scripts


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """An empty folder outside the checkout."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def bare_environment(home: Path) -> dict[str, str]:
    """A new user's: no settings of Python's or Streamlit's, and an empty home folder."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "STREAMLIT_"))}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home)}


def run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=bare_environment(folder.parent),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# -- what is in the wheel


def test_wheel_holds_the_whole_package(wheel_files: dict[str, bytes]) -> None:
    for path in (ROOT / "assetmap").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert wheel_files.get(path.relative_to(ROOT).as_posix()) == path.read_bytes(), path
    assert any(name.startswith("assetmap/app/") and name.endswith(".py") for name in wheel_files)
    assert "assetmap/taxonomy.toml" in wheel_files
    settings = (ROOT / ".streamlit" / "config.toml").read_bytes()
    assert wheel_files["assetmap/app/streamlit_config.toml"] == settings


def test_wheel_holds_the_demo_town_and_the_methods(wheel_files: dict[str, bytes]) -> None:
    assert "assetmap/demo/place.toml" in wheel_files
    for path in (ROOT / "data").rglob("*"):
        if path.is_file():
            name = "assetmap/demo/" + path.relative_to(ROOT / "data").as_posix()
            assert wheel_files.get(name) == path.read_bytes(), name
    assert wheel_files["assetmap/docs/methods.md"] == (ROOT / "docs" / "methods.md").read_bytes()


@pytest.mark.parametrize("name", ["LICENSE", "THIRD_PARTY_NOTICES.md"])
def test_wheel_holds_the_licences(wheel_files: dict[str, bytes], name: str) -> None:
    (found,) = (each for each in wheel_files if each.endswith(f".dist-info/licenses/{name}"))
    assert wheel_files[found] == (ROOT / name).read_bytes()


def test_wheel_holds_nothing_else(wheel_files: dict[str, bytes]) -> None:
    assert {re.sub(r"-.*\.dist-info$", "-dist-info", name.split("/")[0]) for name in wheel_files} == {
        "assetmap",
        "assetmap-dist-info",
    }
    assert not [name for name in wheel_files if re.search(r"__pycache__|/tests?/|/(test_|conftest)", name)]
    assert not [name for name, content in wheel_files.items() if str(ROOT).encode() in content]


def test_leaflet_notice_is_of_the_version_that_is_installed() -> None:
    notice = (ROOT / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")
    version = importlib.metadata.version("XStatic-Leaflet")
    assert f"XStatic-Leaflet {version}" in notice
    assert f"## Leaflet {version.rpartition('.')[0]}" in notice


# -- the wheel at work


def test_installed_package_is_the_wheel(installed: Path, elsewhere: Path) -> None:
    told = run(elsewhere, installed / "python", "-c", "import assetmap; print(assetmap.__file__)")
    assert Path(told.strip()).is_relative_to(installed.parent)


def test_installed_command_tells_its_version(installed: Path, wheel: Path, elsewhere: Path) -> None:
    version = wheel.name.split("-")[1]
    assert version in run(elsewhere, installed / "assetmap", "--version")


def test_installed_command_writes_the_gap_analysis_of_the_demo(installed: Path, elsewhere: Path) -> None:
    run(elsewhere, installed / "assetmap", "gaps", "demo", "--out", "out")
    written = [path for path in (elsewhere / "out").rglob("*") if path.is_file()]
    assert written
    assert all(path.stat().st_size for path in written)


@pytest.fixture
def served(installed: Path, elsewhere: Path) -> Iterator[int]:
    """The port of an app that `assetmap serve demo` runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = elsewhere.parent / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(installed / "assetmap"), "serve", "demo", "--port", str(port)],
            cwd=elsewhere,
            env=bare_environment(elsewhere.parent),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + DEADLINE_S
        while not answers("127.0.0.1", port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.2)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGTERM)
            else:
                process.terminate()
        process.wait(timeout=DEADLINE_S)


def answers(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=2):
            return True
    except OSError:
        return False


def other_addresses() -> set[str]:
    """Give the addresses of this machine at which the app must not answer."""
    found = {"127.0.0.2"}  # on Linux every 127.x is this machine: a server on all addresses answers here
    with contextlib.suppress(OSError):
        found |= {str(each[4][0]) for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    # Connecting a datagram socket sends nothing; it only picks the address that would be used.
    with contextlib.suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        found.add(probe.getsockname()[0])
    return found - {"127.0.0.1"}


def test_served_app_answers_on_this_machine_alone(served: int) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for page, expected in (("_stcore/health", b"ok"), ("", b"<title>")):
        with direct.open(f"http://127.0.0.1:{served}/{page}", timeout=DEADLINE_S) as answer:
            assert answer.status == 200
            assert expected in answer.read()
    assert not [address for address in other_addresses() if answers(address, served)]


# -- the pins


def constraint_lines() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_constraints_are_exact_and_name_no_address() -> None:
    for line in constraint_lines():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; .+)?", line), line
        assert "://" not in line
    assert constraint_lines() == sorted(constraint_lines())


def test_constraints_pin_all_that_is_asked_for_and_what_that_needs() -> None:
    pins = {canonicalize_name(pin.name): pin for pin in check_wheels.pinned()}
    queue, seen = [(requirement, "") for requirement in check_wheels.roots()], set()
    while queue:
        requirement, extra = queue.pop()
        if (str(requirement), extra) in seen or not holds(requirement, extra):
            continue
        seen.add((str(requirement), extra))
        pin = pins.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement} is not pinned"
        (version,) = (specifier.version for specifier in pin.specifier)
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement}: pin {version}"
        try:
            distribution = importlib.metadata.distribution(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            continue  # an extra that is not installed here; scripts/check_wheels.py follows it
        assert distribution.version == version, f"{requirement.name} {distribution.version} is installed"
        for text in distribution.requires or []:
            queue += [(Requirement(text), each) for each in ("", *requirement.extras)]


def holds(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})
