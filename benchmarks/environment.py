"""Where peers live: environments under .cache, installed once; nothing of theirs is shipped or imported here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
CACHE: Final = ROOT / ".cache" / "benchmarks"
PYTHON_PEERS: Final = ("moto>=5.2", "cedarpy>=4.8", "casbin>=1.41")
MINISTACK: Final = ("ministack>=1.5",)
NODE_PEERS: Final = ("@cloud-copilot/iam-simulate@0.1",)


def python_peers() -> Path | None:
    """The interpreter that has the Python peers; None when they cannot be installed."""
    return _python("python", PYTHON_PEERS)


def ministack() -> Path | None:
    """The interpreter that has ministack, apart for its own botocore; None when it cannot be installed."""
    return _python("ministack", MINISTACK)


def _python(name: str, packages: tuple[str, ...]) -> Path | None:
    folder = CACHE / name
    interpreter = folder / "bin" / "python"
    if not (folder / "ready").exists():
        done = _run(sys.executable, "-m", "venv", "--clear", folder) and _run(
            interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages
        )
        if not done:
            return None
        (folder / "ready").touch()
    return interpreter


def can_import(interpreter: Path, module: str) -> bool:
    """Whether an environment has a module."""
    tried = subprocess.run([interpreter, "-c", f"import {module}"], capture_output=True, check=False)
    return tried.returncode == 0


def add(interpreter: Path, package: str) -> bool:
    """Install a package into an environment that is there."""
    return _run(interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package)


def node_peers() -> Path | None:
    """The folder whose node_modules has the peers of Node; None without Node."""
    folder = CACHE / "node"
    if shutil.which("npm") is None:
        return None
    if not (folder / "ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        if not _run("npm", "install", "--no-audit", "--no-fund", *NODE_PEERS, folder=folder):
            return None
        (folder / "ready").touch()
    return folder


def floor(source: Path) -> Path | None:
    """The compiled floor; None without a Rust compiler."""
    compiler = shutil.which("rustc") or shutil.which("rustc", path=str(Path.home() / ".cargo" / "bin"))
    if compiler is None:
        return None
    made = CACHE / "floor"
    if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
        CACHE.mkdir(parents=True, exist_ok=True)
        flags = ("-O", "-C", "target-cpu=native", "--edition", "2021")
        if not _run(compiler, *flags, "-o", made, source):
            return None
    return made


def _run(*command: str | Path, folder: Path | None = None) -> bool:
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{command[0]}: {done.stderr.strip()[-500:]}", file=sys.stderr)
    return done.returncode == 0
