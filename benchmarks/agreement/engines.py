"""The engines that are compared: programs that answer one neutral request a line (`adapters/`)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Final

from msgspec import Struct

from benchmarks import environment
from rolecall.decision import PoliciesInForce, Request
from rolecall.decision.neutral import write_request

ADAPTERS: Final = Path(__file__).parent / "adapters"


class Engine(Struct, frozen=True):
    """told: what is asked of it, for readers. name: as in its registry."""

    name: str
    program: str
    told: str


ENGINES: Final = (
    Engine(
        "iam-simulate",
        "iam_simulate.mjs",
        "npm `@cloud-copilot/iam-simulate`, its core, with every policy type",
    ),
    Engine(
        "ministack",
        "ministack_engine.py",
        "PyPI `ministack`, its evaluator: identity and resource policies, boundary, session policies",
    ),
    Engine(
        "moto",
        "moto_engine.py",
        "PyPI `moto`, what its own check asks: identity policies without conditions, trust and bucket policies",
    ),
)


class Running:
    """An engine that is started; ended with the `with` block."""

    def __init__(self, engine: Engine, command: list[str], folder: Path) -> None:
        self.engine = engine
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def ask(self, request: Request, policies: PoliciesInForce) -> str:
        """An outcome, or `error: …`; raises EOFError when the program has ended."""
        asked = write_request(request, policies)
        context = request.context
        values = {key: list(held) for key, held in context.spelled().items()}
        lists = [key for key in values if key.lower() in context.multivalued]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # Absent keys that could be derived are for rolecall's reader; others take an absent key as absent.
        self._process.stdin.write(json.dumps({**asked, "context": values, "lists": lists}) + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if not said:
            raise EOFError(f"{self.engine.name} ended")
        return str(json.loads(said))

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()


def start(engine: Engine) -> Running | None:
    """The engine running in its own environment; None when that cannot be made here."""
    script = ADAPTERS / engine.program
    if script.suffix == ".mjs":
        folder = environment.node_peers()
        return None if folder is None else Running(engine, ["node", str(script)], folder)
    python = environment.ministack() if engine.name == "ministack" else environment.python_peers()
    return None if python is None else Running(engine, [str(python), str(script)], environment.ROOT)
