"""Stories of resources: calls in order, with what each gives or how it is refused (tests/cases/sagemaker)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from rolecall.wire.errors import AwsError
from services.sagemaker.bench import Bench

CASES = Path(__file__).parents[2] / "cases" / "sagemaker"
STEP = {"call", "with", "gives", "lacks", "refuses", "after", "settle"}


def stories() -> list[Any]:
    return [
        pytest.param(story, id=f"{path.stem}: {story['name']}")
        for path in sorted(CASES.glob("*.yaml"))
        for story in yaml.safe_load(path.read_text(encoding="utf-8"))["stories"]
    ]


@pytest.mark.parametrize("story", stories())
def test_story(story: Mapping[str, Any], bench: Bench) -> None:
    assert story["source"]
    for number, step in enumerate(story["steps"], 1):
        assert set(step) <= STEP, f"step {number} has unknown words"
        bench.wait(float(step.get("after", 0)))
        if step.get("settle"):
            bench.settle()
        if "call" in step:
            told = f"step {number}, {step['call']}"
            if "refuses" in step:
                code, text = step["refuses"]
                with pytest.raises(AwsError) as caught:
                    bench.call(step["call"], **step.get("with", {}))
                assert (caught.value.code, text in caught.value.message) == (code, True), f"{told}: {caught.value}"
                continue
            answer = bench.call(step["call"], **step.get("with", {}))
            differs = list(differences(step.get("gives", {}), answer, step["call"]))
            assert not differs, f"{told}: {differs}"
            assert not set(step.get("lacks", ())) & set(answer), f"{told} gives too much: {answer}"


def differences(wanted: Any, seen: Any, path: str) -> Any:
    """Where an answer is not as wanted: named members must be equal, lists element by element."""
    if isinstance(wanted, Mapping) and isinstance(seen, Mapping):
        for name, value in wanted.items():
            if name not in seen:
                yield f"{path}.{name} is missing"
            else:
                yield from differences(value, seen[name], f"{path}.{name}")
    elif isinstance(wanted, list) and isinstance(seen, list):
        if len(wanted) != len(seen):
            yield f"{path} has {len(seen)} elements instead of {len(wanted)}: {seen}"
        for number, (one, other) in enumerate(zip(wanted, seen, strict=False)):
            yield from differences(one, other, f"{path}[{number}]")
    elif wanted != seen:
        yield f"{path} is {seen!r} instead of {wanted!r}"
