"""List calls of SageMaker with 10 and with 100,000 resources held: python -m benchmarks.lists.run [--write]

One server over one database in a file; one account holds ten resources of each type, the other a hundred thousand.
Calls go through the whole server in this process (parsed, authorized, answered), without sockets. Each is made
several times; the middle of the times counts. Without `--write` the section of docs/PERFORMANCE.md stays as it is.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.report import write_section
from rolecall.server.assembly import Server
from rolecall.server.in_process import InProcess
from rolecall.server.settings import Settings
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Unit
from rolecall.store.records import Item
from rolecall.testing.server import NOWHERE, Account, TestServer

FEW, MANY = 10, 100_000
BATCH: Final = 5_000
TIMES: Final = 40
SLOW: Final = 0.25  # seconds: what takes longer is asked a few times only
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES: Final = ("InProgress", "Completed", "Failed", "Stopped")
TYPES: Final = ("training-job", "model", "endpoint-config", "experiment")


def _search(name: str, value: str) -> dict[str, Any]:
    filters = [{"Name": name, "Operator": "Equals", "Value": value}]
    return {"Resource": "Experiment", "SearchExpression": {"Filters": filters}}


# (what is asked, operation, parameters); <token>: of the page that the row before gave.
CALLS: Final[tuple[tuple[str, str, Mapping[str, Any]], ...]] = (
    ("training jobs", "list_training_jobs", {}),
    ("the page after it", "list_training_jobs", {"NextToken": "<token>"}),
    ("by name", "list_training_jobs", {"SortBy": "Name", "SortOrder": "Ascending"}),
    ("of one status", "list_training_jobs", {"StatusEquals": "Failed"}),
    ("of one status, by status", "list_training_jobs", {"StatusEquals": "Failed", "SortBy": "Status"}),
    ("since the first", "list_training_jobs", {"CreationTimeAfter": BEGAN}),
    ("names that hold a word", "list_training_jobs", {"NameContains": "job-0000"}),
    ("models", "list_models", {}),
    ("endpoint configurations", "list_endpoint_configs", {"SortBy": "Name"}),
    ("experiments", "list_experiments", {}),
    ("one by its name", "describe_experiment", {"ExperimentName": "job-000001"}),
    ("search by name", "search", _search("ExperimentName", "job-000001")),
)
# What no index has: everything of the kind is looked at.
SCANS: Final[tuple[tuple[str, str, Mapping[str, Any]], ...]] = (
    ("names that hold a word that none has", "list_training_jobs", {"NameContains": "nothing"}),
    ("search by a tag", "search", _search("Tags.team", "fraud")),
)


def main(arguments: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="rolecall-lists-") as made:
        server = Server(Settings(data=Path(made)))
        tested = TestServer(server, NOWHERE, InProcess(server.answer))
        try:
            few, many = tested.new_account(), tested.new_account()
            for account, number in ((few, FEW), (many, MANY)):
                for kind in TYPES:
                    fill(server, account.id, kind, number)
            lines = list(table(few, many))
        finally:
            tested.close()
    print("\n".join(lines))
    if "--write" in arguments:
        write_section("lists", lines)
    return 0


def fill(server: Server, account: str, kind: str, number: int) -> None:
    """Put resources into the store as their handlers would."""
    row = BY_TYPE[kind]
    for start in range(0, number, BATCH):
        numbers = range(start, min(start + BATCH, number))

        def work(unit: Unit, numbers: range = numbers) -> None:
            for at in numbers:
                unit.add_item(item(account, kind, row.name_member, at))

        server.store.write_sync(work)


def item(account: str, kind: str, name_member: str, at: int) -> Item:
    name, when = f"job-{at:06d}", BEGAN + timedelta(seconds=at)
    return Item(
        account=account,
        region="us-east-1",
        service="sagemaker",
        type=kind,
        name=name,
        arn=f"arn:aws:sagemaker:us-east-1:{account}:{kind}/{name}",
        status=STATUSES[at % len(STATUSES)] if kind == "training-job" else "",
        created=when,
        modified=when,
        body={name_member: name, "OutputDataConfig": {"S3OutputPath": "s3://out/"}},
    )


def table(few: Account, many: Account) -> Iterator[str]:
    yield "| asked for | with 10, ms | with 100,000, ms | ratio |"
    yield "|---|---:|---:|---:|"
    for rows, note in ((CALLS, ""), (SCANS, " (read through)")):
        for what, small, large in zip(
            (row[0] for row in rows), _timed(few, rows), _timed(many, rows), strict=True
        ):
            yield f"| {what}{note} | {small:.2f} | {large:.2f} | {large / small:.2f} |"


def _timed(account: Account, rows: Sequence[tuple[str, str, Mapping[str, Any]]]) -> list[float]:
    """The middle time of each call, in milliseconds."""
    client = account.client("sagemaker")
    found: list[float] = []
    token = None
    for _, operation, parameters in rows:
        given = {name: token if value == "<token>" else value for name, value in parameters.items()}
        given = {name: value for name, value in given.items() if value is not None}
        call = getattr(client, operation)
        call(**given)
        spent = []
        for number in range(TIMES):
            # What was read before a commit is not asked for again; here every call reads.
            account.server.server.store.write_sync(lambda unit, at=number: unit.put_setting("benchmark", str(at)))
            began = time.perf_counter()
            answer = call(**given)
            spent.append(time.perf_counter() - began)
            if spent[-1] > SLOW and number > 1:
                break
        token = answer.get("NextToken")
        found.append(statistics.median(spent) * 1000)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
