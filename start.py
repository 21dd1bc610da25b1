"""Set assetmap up in a folder of its own and run it, or run its checks. Needs Python 3.11 or later.

    python3 start.py [--port 8502]      open the demo town in the browser
    python3 start.py test [-k words]    lint, types, layers and tests; the words after go to pytest

Everything is installed into .venv here, or into the folder that ASSETMAP_VENV names, at the exact
versions of constraints.txt. A second start finds it ready.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit("assetmap needs Python 3.11 or later; this is Python " + sys.version.split()[0] + ".")

import hashlib
import importlib.util
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("ASSETMAP_VENV") or ROOT / ".venv").absolute()
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
SUFFIX = ".exe" if os.name == "nt" else ""
PYTHON = SCRIPTS / f"python{SUFFIX}"
#: In the venv: what was installed there. It is written last, so a broken-off install is done again.
MARKER = VENV / "assetmap-installed.txt"


def main(arguments: list[str]) -> int:
    """Do what the command line asks for."""
    if not arguments or arguments[0].startswith("--port"):
        return install("") or run(SCRIPTS / f"assetmap{SUFFIX}", "serve", "demo", *arguments)
    if arguments[0] == "test":
        return install("dev") or check(arguments[1:])
    print(__doc__)
    return 0 if arguments[0] in ("-h", "--help") else 2


def check(pytest_arguments: list[str]) -> int:
    """Run every check in turn; stop at the first that fails. pytest comes last."""
    steps: list[tuple[str | Path, ...]] = [
        (PYTHON, "-m", "ruff", "check", "--output-format=concise", "."),
        (PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."),
        (PYTHON, "-m", "mypy"),
        (SCRIPTS / f"lint-imports{SUFFIX}", "--no-logo"),
        # Two files at a time, each by one process, so that what a file prepares is prepared once.
        (PYTHON, "-m", "pytest", "--numprocesses=2", "--dist=loadfile", *pytest_arguments),
    ]
    for step in steps:
        code = run(*step)
        if code:
            if step is not steps[-1]:  # pytest closes with its own count
                print(f"stopped: {Path(step[0]).stem} {' '.join(map(str, step[1:]))} failed", flush=True)
            return code
    return 0


def install(extra: str) -> int:
    """Make the venv and install assetmap into it, unless that has been done."""
    # An editable install points here, and compiled packages fit one Python: both belong to the hash.
    digest = hashlib.sha256(f"{ROOT}\n{sys.version}\n".encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    ready = digest.hexdigest()
    done = MARKER.read_text(encoding="utf-8").split() if MARKER.exists() else []
    if PYTHON.exists() and done[:1] == [ready] and (not extra or extra in done[1:]):
        return 0

    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        return tell("This Python makes no virtual environment. On Debian or Ubuntu: apt install python3-venv")
    if VENV.exists() and not (VENV / "pyvenv.cfg").exists() and any(VENV.iterdir()):
        return tell(f"{VENV} holds something else; name an empty or new folder in ASSETMAP_VENV.")
    MARKER.unlink(missing_ok=True)
    print("Setting up; the first time takes some minutes and a download of 230 MB or more.", flush=True)
    # Run from inside that very venv, it cannot be cleared; installing over it does.
    if Path(sys.prefix) != VENV and run(sys.executable, "-m", "venv", "--clear", VENV):
        return tell(f"The virtual environment {VENV} could not be made; the lines above say why.")
    target = f".[{extra}]" if extra else "."
    # The build backend is pinned too: pip before 25.3 reads the first name for it, later ones the second.
    pins = {"PIP_CONSTRAINT": "constraints.txt", "PIP_BUILD_CONSTRAINT": "constraints.txt"}
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "-c", "constraints.txt", "-e", target)
    if run(*pip, env={**os.environ, **pins, **quiet}):
        return tell("The installation failed; the lines above say why. See also docs/install.md.")
    # What is compiled is kept, so that nobody waits for it in the app; without it the app compiles what it needs.
    warm = "from assetmap import network; from assetmap.sources import pbf; network.warm(); pbf.warm()"
    run(PYTHON, "-c", warm)
    MARKER.write_text(f"{ready} {extra}\n", encoding="utf-8")
    return 0


def run(*command: str | Path, env: dict[str, str] | None = None) -> int:
    """Say a command, run it in this folder, and return its exit code."""
    words = [str(word) for word in command]
    print("$ " + " ".join([Path(words[0]).stem, *words[1:]]), flush=True)
    try:
        process = subprocess.Popen(words, cwd=ROOT, env=env)
    except OSError as error:
        return tell(f"{words[0]} could not be run: {error.strerror}.")
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            pass  # the command got it too, and ends in its own time


def tell(message: str) -> int:
    """Say what is wrong and how to mend it, in one line."""
    print(message, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
