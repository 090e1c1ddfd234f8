"""The AWS SDK for JavaScript v3 over IAM, STS and SageMaker: javascript/scenario.mjs against a server."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clients.server_process import CACHE, clean_environment
from rolecall.server.run import Running, running

pytestmark = pytest.mark.clients

HERE = Path(__file__).parent / "javascript"
ACCOUNT = "123456789012"
MODELS = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Scientist/javascript"


@pytest.fixture(scope="module")
def scenario() -> Path:
    """The scenario beside its packages; installed once and kept under .cache."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js is not installed (Debian, Ubuntu: apt-get install nodejs npm)")
    folder = CACHE / "javascript"
    folder.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "javascript.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (HERE / "package.json").read_text()
        ready = folder / "ready"
        if not ready.exists() or ready.read_text() != wanted:
            (folder / "package.json").write_text(wanted)
            made = subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            if made.returncode != 0:
                pytest.skip(f"the SDK cannot be installed: {made.stderr.strip().splitlines()[:1]}")
            ready.write_text(wanted)
    shutil.copy(HERE / "scenario.mjs", folder / "scenario.mjs")
    return folder / "scenario.mjs"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def seen(scenario: Path, server: Running) -> dict[str, Any]:
    """What the scenario saw."""
    played = subprocess.run(
        ["node", str(scenario)],
        env={
            **clean_environment(),
            "AWS_ENDPOINT_URL": server.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": server.access_key_id,
            "AWS_SECRET_ACCESS_KEY": server.secret_access_key,
            "AWS_MAX_ATTEMPTS": "1",
            "HOME": str(scenario.parent),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert played.returncode == 0, played.stderr
    return dict(json.loads(played.stdout))


def test_iam_answers_the_sdk(seen: dict[str, Any]) -> None:
    assert seen["roles"] == ["Execution", "Scientist"]
    assert seen["trust"]["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:user/team/ann"}
    missing = "The role with name Nobody cannot be found."
    assert seen["missing"] == {"name": "NoSuchEntityException", "status": 404, "message": missing}
    assert seen["unattachable"]["name"] == "NoSuchEntityException"


def test_sts_answers_the_sdk(seen: dict[str, Any]) -> None:
    assert seen["ann"] == f"arn:aws:iam::{ACCOUNT}:user/team/ann"
    assert (seen["assumed"], seen["expires"]) == (SESSION, True)
    assert (seen["executing"]["name"], seen["executing"]["status"]) == ("AccessDenied", 403)
    assert "is not authorized to perform: sts:AssumeRole on resource:" in seen["executing"]["message"]


def test_sagemaker_answers_the_sdk(seen: dict[str, Any]) -> None:
    assert seen["model"] == f"{MODELS}/ours"
    assert seen["described"] == [f"arn:aws:iam::{ACCOUNT}:role/Execution", True]
    assert seen["tags"] == [{"Key": "team", "Value": "ml"}]
    assert seen["models"] == ["ours", "ours-2"]
    assert (seen["job"]["name"], seen["job"]["message"]) == (
        "ValidationException",
        "Requested resource not found.",
    )


def test_denials_reach_the_sdk_in_awss_words(seen: dict[str, Any]) -> None:
    for name, model in (("theirs", "theirs"), ("retagged", "ours")):
        assert seen[name] == {
            "name": "AccessDeniedException",
            "status": 400,
            "message": f"User: {SESSION} is not authorized to perform: sagemaker:AddTags on resource: "
            f"{MODELS}/{model} because no identity-based policy allows the sagemaker:AddTags action",
        }
    assert "with an explicit deny in an identity-based policy" in seen["denied"]["message"]


def test_wrong_keys_are_told_as_each_protocol_tells_them(seen: dict[str, Any]) -> None:
    assert (seen["wrongSecret"]["name"], seen["wrongSecret"]["status"]) == ("SignatureDoesNotMatch", 403)
    assert (seen["unknownKey"]["name"], seen["unknownKey"]["status"]) == ("UnrecognizedClientException", 400)
