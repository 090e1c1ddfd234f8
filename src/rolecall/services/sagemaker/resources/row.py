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


LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


class Assigned(Struct, frozen=True):
    """The form of an id that the service gives: a prefix and so many letters."""

    prefix: str = ""
    letters: int = 12
    alphabet: str = LETTERS


class ResourceType(Struct, frozen=True, kw_only=True):
    """One type.

    type: the word in its ARN. noun: the word in its operations. verbs: those that the generic handlers serve.
    name: the member with its name ("": noun + "Name"). parent: the member that names what it lies in; names are
    unique in there. key: how it is called among its kind when that is more than its name. arn: what follows
    the account in its ARN, over {parent}, {key} and {name}. status: the member with its status.
    plural: the noun in its List operation. sort and order: the defaults there. filters: List members that a
    member of the answer must equal (or contain, for those that end in "Contains"); usual ones need no row.
    label: its name in refusals. defaults: what AWS fills in, by path; a path through a list holds for each
    element, and only where what it lies in is present. renamed: input member -> member of the answer.
    life: how its status moves. unknown and taken: what a name answers that nothing has, or that something has.
    arn_name: the member with its ARN ("": noun + "Arn"). assigned: the id that the service gives it and that its
    ARN ends in, id_name the member with that id; its name is a name only. created and modified: the members with
    these times. wrapped: the member in which Describe and Update answer. also: further members of the answer, each
    with the path of what it repeats, and after a "|" what stands there when that is absent. whole: an update
    replaces members instead of merging structures. sorts: SortBy words that no index serves, with the path that
    is sorted by. page: how many a List gives when MaxResults is absent. aliases: operations that another noun
    names, with their verbs. needs: members of a create that name things that must be there, with their types.
    held_by: types that must not lie in it when it is deleted; takes: types that are deleted with it. identity:
    CreatedBy says which IAM identity it was, which is so for few types.
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
    arn_name: str = ""
    assigned: Assigned | None = None
    id_name: str = ""
    created: str = CREATED
    modified: str = "LastModifiedTime"
    wrapped: str = ""
    also: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    sorts: Mapping[str, str] = field(default_factory=dict)
    page: int = 10
    aliases: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    held_by: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    identity: bool = False

    @property
    def name_member(self) -> str:
        return self.name or f"{self.noun}Name"

    @property
    def arn_member(self) -> str:
        return self.arn_name or f"{self.noun}Arn"

    @property
    def flat(self) -> bool:
        """Whether its ARN does not name what it lies in, so that its name is unique in the account."""
        return bool(self.parent) and bool(self.arn) and "{parent}" not in self.arn

    @property
    def list_operation(self) -> str:
        return f"List{self.plural or self.noun + 's'}"

    def path(self, key: str, parent: str = "", name: str = "") -> str:
        """What follows the account in its ARN. name: where the key is an assigned id."""
        if self.arn:
            return self.arn.format(key=key, parent=parent, name=name)
        return f"{self.type}/{parent}/{key}" if parent else f"{self.type}/{key}"
