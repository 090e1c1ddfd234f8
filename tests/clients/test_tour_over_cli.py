"""The tour's ten most typical steps, asked by the real aws CLI."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from clients.server_process import Aws, ServerProcess
from rolecall.connection import from_folder
from rolecall.tour.check import ACCOUNT, OTHER_ACCOUNT, Do, Who
from rolecall.tour.play import play
from rolecall.tour.sections import OPENING, SECTIONS
from rolecall.tour.stage import Answer, Stage

pytestmark = [pytest.mark.clients, pytest.mark.slow]

TYPICAL = [
    ("actions", "Without a policy everything is denied"),
    ("actions", "sagemaker:Describe* allows to describe a model"),
    ("conditions", "Two values under one key: OR"),
    ("variables", "Ana does not see Ben's job"),
    ("creation", "A machine of another family"),
    ("tags", "A job with a tag, without the permission to add tags"),
    ("roles", "Handing over a role is a permission of its own"),
    ("roles", "The role does not trust SageMaker"),
    ("temporary", "The partner gives the agreed external id"),
    ("limits", "The role allows it, the session policy does not"),
]
ERROR = re.compile(r"\((?P<code>\w+)\) when calling the \w+ operation: (?P<message>.*)", re.DOTALL)


class CliStage(Stage):
    """The same stage, whose principals ask by the aws CLI."""

    aws: Aws

    def ask(self, who: Who, call: Do) -> Answer:
        keys = {name.upper(): value for name, value in self.keys(who).items()}
        variables = {**self.connection.environment(), **keys}
        command = call.operation.replace("_", "-")
        asked = self.aws(
            variables, call.service, command, "--cli-input-json", json.dumps(self.filled(call.parameters))
        )
        if asked.returncode == 0:
            members = json.loads(asked.stdout) if asked.stdout.strip() else {}
            return Answer(members=members, code=None, message="", request_id="", decision=None)
        found = ERROR.search(asked.stderr)
        assert found, asked.stderr
        return Answer(
            members={}, code=found["code"], message=found["message"].strip(), request_id="", decision=None
        )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """With both accounts that the tour plays in."""
    server = ServerProcess(tmp_path / "data", "--account", ACCOUNT, "--account", OTHER_ACCOUNT)
    server.start()
    yield server
    server.stop()


def test_the_aws_cli_gets_the_same_answers(server: ServerProcess, aws: Aws) -> None:
    server.environment()
    stage = CliStage(from_folder(server.folder))
    stage.aws = aws
    results = []
    for section in SECTIONS:
        checks = tuple(check for check in section.checks if (section.name, check.title) in TYPICAL)
        if checks:
            stage.open(section, OPENING)
            results += play(replace(section, before=(), checks=checks), stage, 1)
    assert len(results) == len(TYPICAL)
    assert [(result.check.title, result.wrong) for result in results if result.wrong] == []
