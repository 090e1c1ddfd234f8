"""On which resource the tags of an ARN are kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rolecall.services.tag_holders import tag_holder
from rolecall.store import open_store
from rolecall.store.records import Item

HOME = "arn:aws:sagemaker:us-east-1:123456789012"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
THERE = (
    f"{HOME}:model/m",
    f"{HOME}:model-package-group/g",
    f"{HOME}:model-package/g/1",
    f"{HOME}:model-package/alone",
    f"{HOME}:hub-content/h/Model/resnet",
    f"{HOME}:hub-content/h/Model/resnet/1.0.0",
    "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/TrainingJobs",
)


@pytest.mark.parametrize(
    ("arn", "holder"),
    [
        ("model/m", "model/m"),
        ("model/other", None),
        ("model-package/alone", "model-package/alone"),
        ("model-package/g/1", "model-package-group/g"),
        ("model-package/g/2", None),
        ("hub-content/h/Model/resnet", "hub-content/h/Model/resnet"),
        ("hub-content/h/Model/resnet/1.0.0", "hub-content/h/Model/resnet"),
        ("hub-content/h/Model/resnet/2.0.0", None),
    ],
)
def test_a_version_has_the_tags_of_what_it_is_a_version_of(arn: str, holder: str | None) -> None:
    assert held_by(f"{HOME}:{arn}") == (f"{HOME}:{holder}" if holder else None)


def test_a_log_stream_has_the_tags_of_its_group() -> None:
    assert held_by(f"{THERE[-1]}:log-stream:job/algo-1") == THERE[-1]


def held_by(arn: str) -> str | None:
    store = open_store(None)
    for number, there in enumerate(THERE):
        item = Item(
            account="123456789012",
            service=there.split(":")[2],
            type="thing",
            name=str(number),
            arn=there,
            created=NOW,
            modified=NOW,
        )
        store.write_sync(lambda unit, item=item: unit.add_item(item))
    with store.read() as reader:
        holder = tag_holder(reader, arn)
    store.close()
    return None if holder is None else holder.arn
