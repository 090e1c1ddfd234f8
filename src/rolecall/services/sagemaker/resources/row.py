"""What is to say of a resource type: the columns of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field

from rolecall.services.sagemaker.errors import OTHER_TAKEN, OTHER_UNKNOWN, Refusal
from rolecall.services.sagemaker.lives.phases import EXISTS, Life

NAME: Final = "Name"
CREATED: Final = "CreationTime"
ASCENDING: Final = "Ascending"
DESCENDING: Final = "Descending"


class ResourceType(Struct, frozen=True, kw_only=True):
    """One type.

    type: the word in its ARN. noun: the word in its operations. verbs: those that the generic handlers serve.
    name: the member with its name ("": noun + "Name"). parent: the member that names what it lies in; names are
    unique in there. key: how it is called among its kind when that is more than its name. arn: what follows
    the account in its ARN, over {parent} and {key}. status: the member with its status.
    plural: the noun in its List operation. sort and order: the defaults there. filters: List members that a
    member of the answer must equal (or contain, for those that end in "Contains"); usual ones need no row.
    label: its name in refusals. defaults: what AWS fills in, by path; a path through a list holds for each
    element, and only where what it lies in is present. renamed: input member -> member of the answer.
    life: how its status moves. unknown and taken: what a name answers that nothing has, or that something has.
    """

    type: str
    noun: str
    verbs: str = "Create Describe List Delete"
    name: str = ""
    parent: str = ""
    key: str = ""
    arn: str = ""
    status: str = ""
    plural: str = ""
    sort: str = CREATED
    order: str = ASCENDING
    filters: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    life: Life = EXISTS
    unknown: Refusal = OTHER_UNKNOWN
    taken: Refusal = OTHER_TAKEN

    @property
    def name_member(self) -> str:
        return self.name or f"{self.noun}Name"

    @property
    def arn_member(self) -> str:
        return f"{self.noun}Arn"

    @property
    def list_operation(self) -> str:
        return f"List{self.plural or self.noun + 's'}"

    def path(self, key: str, parent: str = "") -> str:
        """What follows the account in its ARN."""
        if self.arn:
            return self.arn.format(key=key, parent=parent)
        return f"{self.type}/{parent}/{key}" if parent else f"{self.type}/{key}"
