"""Check that constraints.txt is complete, and can be installed from wheels alone, on other systems.

    python scripts/check_wheels.py                        Windows, Python 3.11
    python scripts/check_wheels.py --platform win_amd64 --python 3.13
    python scripts/check_wheels.py --all                  every system and Python that is supported

pip reads `sys_platform` and its like from the system it runs on, even when asked for another
one's wheels. So this asks pip for each pin by itself, and follows what each wheel requires with the
markers of the system asked about: a dependency that only Windows has is found from Linux too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
PYTHONS = ("3.11", "3.12", "3.13")


def manylinux(machine: str) -> list[str]:
    """Name every wheel tag that a Linux with glibc 2.28 (RHEL 8, Debian 10 and later) takes."""
    return [f"manylinux_2_{minor}_{machine}" for minor in range(28, 16, -1)] + [f"manylinux2014_{machine}"]


#: Name → the wheel tags it takes, and what markers see there.
PLATFORMS: dict[str, tuple[list[str], dict[str, str]]] = {
    "win_amd64": (
        ["win_amd64"],
        {"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64"},
    ),
    **{
        f"macosx_14_0_{machine}": (
            [f"macosx_14_0_{machine}"],
            {
                "os_name": "posix",
                "sys_platform": "darwin",
                "platform_system": "Darwin",
                "platform_machine": machine,
            },
        )
        for machine in ("arm64", "x86_64")
    },
    **{
        f"manylinux_2_28_{machine}": (
            manylinux(machine),
            {
                "os_name": "posix",
                "sys_platform": "linux",
                "platform_system": "Linux",
                "platform_machine": machine,
            },
        )
        for machine in ("x86_64", "aarch64")
    },
}


def main() -> int:
    """Check what the command line asks for; 1 if anything is missing."""
    parser = argparse.ArgumentParser(description="Can the pinned versions be installed from wheels alone?")
    parser.add_argument("--platform", action="append", choices=list(PLATFORMS), help="default: win_amd64")
    parser.add_argument("--python", action="append", choices=PYTHONS, help="default: 3.11")
    parser.add_argument("--all", action="store_true", help="every platform and Python version")
    args = parser.parse_args()
    platforms = list(PLATFORMS) if args.all else args.platform or ["win_amd64"]
    pythons = list(PYTHONS) if args.all else args.python or ["3.11"]

    pins = pinned()
    faults: list[str] = []
    needed: set[str] = set()
    for platform in platforms:
        for python in pythons:
            found, reached = check(pins, platform, python)
            needed |= reached
            verdict = "ok" if not found else f"{len(found)} missing"
            print(f"{platform}, Python {python}: {len(reached)} packages, {verdict}", flush=True)
            faults += [f"{platform}, Python {python}: {fault}" for fault in found]
    if args.all:
        faults += [
            f"{pin.name} is pinned and nothing needs it"
            for pin in pins
            if canonicalize_name(pin.name) not in needed
        ]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def pinned() -> list[Requirement]:
    """Read constraints.txt."""
    lines = (line.split("#")[0].strip() for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def roots() -> list[Requirement]:
    """List what pyproject.toml asks for: the base, every extra and the build backend."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    asked = project["dependencies"] + pyproject["build-system"]["requires"]
    for extra in project["optional-dependencies"].values():
        asked += extra
    return [Requirement(text) for text in asked if not text.startswith(project["name"] + "[")]


def check(pins: list[Requirement], platform: str, python: str) -> tuple[list[str], set[str]]:
    """Name what cannot be had for one platform and Python, and every package needed there."""
    tags, system = PLATFORMS[platform]
    markers = {
        **system,
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
    }

    def holds(requirement: Requirement, extras: set[str]) -> bool:
        marker = requirement.marker
        return marker is None or any(marker.evaluate({**markers, "extra": e}) for e in extras or {""})

    here = {canonicalize_name(pin.name): pin for pin in pins if holds(pin, set())}
    exact = [f"{pin.name}{pin.specifier}" for pin in here.values()]
    faults: list[str] = []
    try:
        wheels = ask_pip(exact, tags, python)
    except LookupError:
        wheels = {}
        for pin in exact:
            try:
                wheels |= ask_pip([pin], tags, python)
            except LookupError as error:
                faults.append(f"{pin} has no wheel ({error})")

    reached: dict[str, set[str]] = {}
    queue = [(requirement, "pyproject.toml") for requirement in roots() if holds(requirement, set())]
    while queue:
        requirement, source = queue.pop()
        name = canonicalize_name(requirement.name)
        if name not in here:
            faults.append(f"{source} needs {requirement}: constraints.txt does not pin it")
            continue
        if name not in wheels:
            continue  # told above
        version = wheels[name]["version"]
        if not requirement.specifier.contains(version, prereleases=True):
            faults.append(f"{source} needs {requirement}: constraints.txt pins {version}")
        extras = requirement.extras | {""}
        if name in reached and extras <= reached[name]:
            continue
        reached[name] = reached.get(name, set()) | extras
        for text in wheels[name].get("requires_dist", []):
            child = Requirement(text)
            if holds(child, extras):
                queue.append((child, f"{name} {version}"))
    return sorted(set(faults)), set(reached)


def ask_pip(pins: list[str], tags: list[str], python: str) -> dict[str, dict[str, Any]]:
    """Have pip pick a wheel for each pin, and return the wheels' metadata by name."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--no-deps"]
        command += ["--ignore-installed", "--only-binary=:all:", "--implementation=cp"]
        command += [f"--python-version={python}", *(f"--platform={tag}" for tag in tags)]
        command += [f"--target={Path(folder) / 'nothing'}", f"--report={report}", *pins]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
            raise LookupError(errors[-1].removeprefix("ERROR: ") if errors else done.stderr.strip()[-200:])
        items = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {canonicalize_name(item["metadata"]["name"]): item["metadata"] for item in items}


if __name__ == "__main__":
    raise SystemExit(main())
