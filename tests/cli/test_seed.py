"""`rolecall up --seed`, `rolecall seed` and `rolecall export` against a server process."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.server_process import ROLECALL, ServerProcess, clean_environment
from rolecall.exchange.account_details import read_account

WORLD = """
accounts:
  "123456789012":
    roles:
      Exec: {trust: sagemaker.amazonaws.com, policies: [p.json]}
    domains:
      research: {id: d-research1, execution_role: Exec, user_profiles: {ann: {}}}
  "111122223333":
    users: {zoe: {tags: {a: b}}}
"""
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}]}'

pytestmark = pytest.mark.clients


def rolecall(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROLECALL, *arguments], cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False
    )


@pytest.fixture
def seeded(tmp_path: Path) -> Iterator[ServerProcess]:
    (tmp_path / "w.yaml").write_text(WORLD)
    (tmp_path / "p.json").write_text(POLICY)
    server = ServerProcess(tmp_path / "data", "--seed", str(tmp_path / "w.yaml"))
    server.start()
    yield server
    server.stop()


def test_a_seeded_server_gives_its_world_back(tmp_path: Path, seeded: ServerProcess) -> None:
    """Seeded before it answers, exported, unchanged by the same seed, and kept over a start with it."""
    assert seeded.client("iam").get_role(RoleName="Exec")["Role"]["RoleName"] == "Exec"
    assert [each["DomainId"] for each in seeded.client("sagemaker").list_domains()["Domains"]] == ["d-research1"]
    data = ["--data", str(seeded.folder)]

    exported = rolecall(tmp_path, "export", *data)
    assert exported.returncode == 0, exported.stderr
    (tmp_path / "again.yaml").write_text(exported.stdout)
    assert rolecall(tmp_path, "seed", "again.yaml", *data).stdout == "nothing to change\n"
    assert rolecall(tmp_path, "seed", "w.yaml", *data).stdout == "nothing to change\n"
    written = rolecall(tmp_path, "export", *data, "--format", "json", "--account", "111122223333", "-o", "o.json")
    assert written.returncode == 0, written.stderr
    assert '"zoe"' in (tmp_path / "o.json").read_text()

    aws = rolecall(tmp_path, "export", *data, "--format", "aws", "--account", "123456789012")
    details = json.loads(aws.stdout)
    assert [role["RoleName"] for role in details["RoleDetailList"] if role["Path"] == "/"] == ["Exec"]
    assert set(read_account([details]).principals) >= {"arn:aws:iam::123456789012:role/Exec"}
    several = json.loads(rolecall(tmp_path, "export", *data, "--format", "aws").stdout)
    assert {"123456789012", "111122223333"} <= set(several)

    (tmp_path / "more.yaml").write_text("users: {ann: {}}\n")
    assert rolecall(tmp_path, "seed", "more.yaml", *data).stdout == "made user ann\n"

    assert seeded.stop() == 0
    seeded.start()
    assert [each["UserName"] for each in seeded.client("iam").list_users()["Users"]] == ["ann"]
    assert seeded.log().count("seed         nothing to change") == 1


def test_a_seed_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("roles: {A: {}}\n")
    done = rolecall(
        tmp_path, "up", "--seed", "w.yaml", "--ephemeral", "--port", "0", "--data", str(tmp_path / "d")
    )
    assert done.returncode == 2
    assert "w.yaml:1:12: role A needs `trust`" in done.stderr


def test_a_seed_that_the_server_refuses_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("scps: [{Statement: {Effect: Deny, Action: 's3:*', Resource: '*'}}]\n")
    done = rolecall(
        tmp_path, "up", "--seed", "w.yaml", "--ephemeral", "--port", "0", "--data", str(tmp_path / "d")
    )
    assert done.returncode == 2
    assert "control policies are an organization's" in done.stderr
