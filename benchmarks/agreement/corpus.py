"""What engines are compared on: every decision case of the tests, and seeded random requests.

Random requests are what other engines are made for: an action on a resource of its service, ordinary documents,
and no unknown keys. The odd forms have their own tests against the reference.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.environment import ROOT

sys.path.insert(0, str(ROOT / "tests"))

import strategies as words
from case_files import CASES, decision_cases, neutral
from random_decisions import PRINCIPALS, Decisions
from rolecall import catalog
from rolecall.decision import PoliciesInForce, Request
from rolecall.decision.neutral import read_request
from rolecall.decision.request import Context, Resource
from rolecall.policy.document import PolicyType

# Actions with the resources that they are on.
ON: Final = (
    ("s3:GetObject", "arn:aws:s3:::b/alice/x"),
    ("s3:PutObject", "arn:aws:s3:::b/bob"),
    ("sagemaker:CreateModel", f"arn:aws:sagemaker:us-east-1:{words.ACCOUNT}:model/m"),
    ("sagemaker:CreateModel", f"arn:aws:sagemaker:us-east-1:{words.OTHER}:model/m"),
    ("sagemaker:ListModels", "*"),
    ("iam:PassRole", f"arn:aws:iam::{words.ACCOUNT}:role/R"),
    ("iam:ListUsers", "*"),
    ("sts:AssumeRole", f"arn:aws:iam::{words.ACCOUNT}:role/R"),
    ("sts:AssumeRole", f"arn:aws:iam::{words.OTHER}:role/R"),
    ("kms:Decrypt", f"arn:aws:kms:us-east-1:{words.ACCOUNT}:key/1"),
    ("kms:Decrypt", f"arn:aws:kms:us-east-1:{words.OTHER}:key/1"),
)


class Question(Struct, frozen=True):
    """name: of the case, or the number of the random request."""

    name: str
    request: Request
    policies: PoliciesInForce


def cases() -> Iterator[Question]:
    """The cases of all topics that give a request, in the reference profile and without unknown keys."""
    for folder in sorted(CASES.iterdir()):
        paths = list(folder.glob("*.yaml"))
        texts = [path.read_text() for path in paths]
        if not texts or not all("\n  request:" in text and "\n  want:" in text for text in texts):
            continue
        for case in decision_cases(folder.name):
            if case.profile != "reference" or case.request.get("unknown"):
                continue
            asked = read_request(json.dumps(neutral(case)), catalog.load().multivalued)
            yield Question(f"{folder.name}: {case.name}", asked.request, asked.policies)


def drawn(count: int, seed: int) -> Iterator[Question]:
    """Random requests, five under the same policies."""
    decisions = _Ordinary(seed)
    number = 0
    for policies in decisions.worlds():
        session = policies.session[:1] if policies.session else None
        policies = replace(policies, session=session)
        for _ in range(5):
            number += 1
            yield Question(f"random {number}", decisions.request(), policies)
            if number == count:
                return


class _Ordinary(Decisions):
    def statement(self, kind: PolicyType) -> dict[str, object]:
        made: dict[str, object] = {}
        while not made or "2008" in json.dumps(made):
            made = super().statement(kind)
        return made

    def request(self) -> Request:
        principal = self.pick(words.EVERYDAY if self.one_in(2) else PRINCIPALS)
        action, arn = self.pick(ON)
        named = arn.split(":")[4] if arn != "*" else ""
        account = named or (words.OTHER if self.one_in(8) else principal.account)
        values = {
            key: self.pick(values) if key not in words.MULTIVALUED else tuple(self.some(values))
            for key, values in words.KEYS.items()
            if not self.one_in(3)
        }
        return Request(principal, action, Resource(arn, account), Context(values, multivalued=words.MULTIVALUED))


def shuffled(questions: list[Question], seed: int) -> list[Question]:
    random.Random(seed).shuffle(questions)
    return questions
