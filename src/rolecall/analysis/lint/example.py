"""The example of a finding: a policy that has it, where it stands, and the policy repaired.

The examples lie in `examples/` as YAML, one file per severity. The pages of docs/findings are written from
them, and the tests hold every rule to them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from rolecall.analysis.lint.finding import Finding
from rolecall.analysis.lint.knowledge import Knowledge
from rolecall.analysis.lint.linting import lint, look_at
from rolecall.analysis.lint.look import Options
from rolecall.analysis.lint.sagemaker.access import Bundle, Use
from rolecall.analysis.lint.together import lint_together
from rolecall.policy.document import PolicyType

FILES: Final = ("errors.yaml", "security_warnings.yaml", "warnings.yaml", "suggestions.yaml", "sagemaker.yaml")
SUPPRESSIONS: Final = "suppressions"
_RANGE: Final = re.compile(r"\{(\d+)\.\.(\d+)\}")


class Example(Struct, frozen=True, forbid_unknown_fields=True):
    """wrong, repaired: a statement, several, a document, or the text itself; `{1..9}` in a list stands for nine.

    when: in which case the finding is reported; with the first example of a code. at: the path of the finding.
    line: where it stands if it has no path. use, boundary, buckets: the principal, for rules that look at all its
    policies. type "suppressions": the texts are suppressions, not policies.
    """

    code: str
    wrong: Any
    repaired: Any
    at: str
    when: str = ""
    type: str = "identity"
    repaired_type: str | None = None
    resource_type: str | None = None
    line: int | None = None
    use: str | None = None
    boundary: Any = None
    repaired_boundary: Any = None
    buckets: list[str] = field(default_factory=list)


def decode(files: Iterable[bytes]) -> tuple[Example, ...]:
    return tuple(each for data in files for each in msgspec.yaml.decode(data, type=list[Example]))


def text_of(policy: Any) -> str:
    """A policy of an example as a person would keep it in a file."""
    if isinstance(policy, str):
        return policy
    if isinstance(policy, Mapping) and "Statement" not in policy:
        policy = [policy]
    document = {"Version": "2012-10-17", "Statement": policy} if isinstance(policy, list) else policy
    return json.dumps(_expanded(document), indent=2, ensure_ascii=False) + "\n"


def _expanded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _expanded(held) for key, held in value.items()}
    if not isinstance(value, list):
        return value
    items = []
    for item in value:
        found = _RANGE.search(item) if isinstance(item, str) else None
        if found is None:
            items.append(_expanded(item))
        else:
            numbers = range(int(found[1]), int(found[2]) + 1)
            items += [item[: found.start()] + str(number) + item[found.end() :] for number in numbers]
    return items


def findings_in(example: Example, knowledge: Knowledge, *, repaired: bool = False) -> tuple[Finding, ...]:
    """What the lint says of the example, with rules that are off by default."""
    policy = example.repaired if repaired else example.wrong
    kind = PolicyType((example.repaired_type if repaired else None) or example.type)
    return findings_of_text(text_of(policy), kind, example, knowledge, repaired=repaired)


def findings_of_text(
    text: str, kind: PolicyType, example: Example, knowledge: Knowledge, *, repaired: bool = False
) -> tuple[Finding, ...]:
    """The findings of a text in the place of the example's policy."""
    options = Options(resource_type=example.resource_type, asked_for=frozenset({example.code}))
    alone = lint(text, kind, knowledge, options)
    if example.use is None:
        return alone
    look = look_at(text, kind, knowledge, options).look
    limit = example.repaired_boundary if repaired else example.boundary
    boundary = None
    if limit is not None:
        boundary = look_at(text_of(limit), PolicyType.BOUNDARY, knowledge, options).look
    trusted = kind is PolicyType.TRUST
    bundle = Bundle(
        identity=() if look is None or trusted else (look,),
        boundary=boundary,
        trust=look if trusted else None,
        use=Use(example.use),
        buckets=tuple(example.buckets),
    )
    return (*alone, *(finding for found in lint_together(bundle).values() for finding in found))
