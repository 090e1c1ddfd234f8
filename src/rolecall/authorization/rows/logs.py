"""What each operation of CloudWatch Logs needs (Service Authorization Reference, Amazon CloudWatch Logs).

Actions on a group are decided on the group's ARN with an empty stream behind it, which `…:NAME:*` matches and the
bare name does not: so it was observed of AWS. `{Member|log-group}` is a group by name or ARN, `{Member|text}` a
name with any characters that streams may have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.authorization.requirement import Requirement

SOURCE: Final = "Service Authorization Reference, Amazon CloudWatch Logs"

NAME: Final = "log-group:{logGroupName|log-group}:log-stream:"
GROUP: Final = "log-group:{logGroupName or logGroupIdentifier|log-group}:log-stream:"
STREAM: Final = "log-group:{logGroupName|log-group}:log-stream:{logStreamName|text}"
READ: Final = "log-group:{logGroupName or logGroupIdentifier|log-group}:log-stream:{logStreamName|text}"
NAMED: Final = "{resourceArn}"
# The action has no resource type; AWS decides and prints it on a group without name.
ANY: Final = "log-group::log-stream:"

ON: Final[Mapping[str, tuple[str, ...]]] = {
    NAME: (
        "DeleteLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy", "TagLogGroup", "UntagLogGroup",
        "ListTagsLogGroup",
    ),
    GROUP: ("DescribeLogStreams", "FilterLogEvents"),
    STREAM: ("CreateLogStream", "DeleteLogStream", "PutLogEvents"),
    READ: ("GetLogEvents",),
    NAMED: ("TagResource", "UntagResource", "ListTagsForResource"),
    ANY: ("DescribeLogGroups",),
}  # fmt: skip


def _row(action: str, on: str, when: str = "") -> Requirement:
    return Requirement(action=f"logs:{action}", on=on, when=when, source=SOURCE)


ROWS: Final[Mapping[str, tuple[Requirement, ...]]] = {
    **{name: (_row(name, on),) for on, names in ON.items() for name in names},
    "CreateLogGroup": (_row("CreateLogGroup", NAME), _row("TagResource", NAME, when="tags")),
}
