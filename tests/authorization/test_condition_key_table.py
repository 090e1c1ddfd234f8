"""Every (action, condition key) pair of the Service Authorization Reference is fed, or says why not."""

from __future__ import annotations

from rolecall import catalog
from rolecall.authorization.rows import sagemaker
from rolecall.authorization.rows.sagemaker_runtimes import ROWS as RUNTIMES

# Families that context.py fills for every service: from the request's tags and from the resource's.
FROM_TAGS = {"aws:RequestTag/${TagKey}", "aws:ResourceTag/${TagKey}", "aws:TagKeys"}

# Pairs that no path feeds, with the reason. The list may only shrink.
NOT_FED: dict[tuple[str, str], str] = {}

# Keys whose values cannot be read out of a request, and why.
OPAQUE = {
    (
        "CreateJob",
        "sagemaker:OutputKmsKeyArn",
    ): "lies inside the text JobConfigDocument, whose form is not published",
    ("CreateJob", "sagemaker:VpcSubnets"): "lies inside the text JobConfigDocument, whose form is not published",
    ("CreateJob", "sagemaker:VpcSecurityGroupIds"): (
        "lies inside the text JobConfigDocument, whose form is not published"
    ),
}


def operations_of(action: str) -> set[str]:
    """The operations that are authorized as an action."""
    tables = (sagemaker.ROWS, *RUNTIMES.values())
    return {
        operation
        for table in tables
        for operation, rows in table.items()
        if any(row.action == action for row in rows)
    }


def test_every_pair_of_the_reference_is_fed_or_has_a_reason() -> None:
    known = catalog.load()
    for action in known.actions("sagemaker"):
        for key in action.all_condition_keys:
            if key in FROM_TAGS or (action.name, key) in NOT_FED:
                continue
            asking = {action.full_name, *(f"sagemaker:{name}" for name in operations_of(action.full_name))}
            fed = [row for name in asking for row in known.request_paths(name, key)]
            assert fed, f"{action.name} has no path for {key}"


def test_what_is_not_fed_is_still_in_the_reference() -> None:
    known = catalog.load()
    for name, key in NOT_FED:
        action = known.action(f"sagemaker:{name}")
        assert action is not None
        assert key in action.all_condition_keys


def test_opaque_pairs_are_those_whose_path_is_the_whole_document() -> None:
    known = catalog.load()
    found = {
        (action.name, row.key)
        for action in known.actions("sagemaker")
        for row in known.request_paths(action.full_name)
        if row.path == "JobConfigDocument"
    }
    assert found == set(OPAQUE)


def test_every_key_of_the_reference_is_fed_by_some_operation() -> None:
    known = catalog.load()
    actions = [action.full_name for action in known.actions("sagemaker")]
    fed = {row.key for action in [*actions, "sagemaker:UpdateRecord"] for row in known.request_paths(action)}
    assert {key.name for key in known.condition_keys("sagemaker")} - fed == set()
