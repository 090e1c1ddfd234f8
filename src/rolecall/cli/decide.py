"""`rolecall decide FILE.jsonl`: decide requests in the neutral format, one JSON answer a line, in order.

Reads and answers line by line, so a file may be larger than memory and a pipe gets its answers as it asks.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from typing import BinaryIO

import click
import msgspec

from rolecall import catalog
from rolecall.decision.compiled import Engine, Limits
from rolecall.decision.neutral import Multivalued, read_request
from rolecall.decision.neutral_answer import answer
from rolecall.decision.neutral_fields import NeutralError
from rolecall.decision.profile import Profile

BAD_INPUT = 2
# Lines may each bring policies of their own: what was compiled for few of them is kept.
FEW = Limits(documents=1_000, statements=10_000, functions=2_000, entries=2_000, policy_sets=200, aliases=1_000)


def answers(
    lines: Iterator[bytes], multivalued: Multivalued, profile: Profile, with_trace: bool
) -> Iterator[dict[str, object]]:
    """One answer a line, an error for a line that is no request; blank lines are passed over."""
    engine = None if with_trace else Engine(profile=profile, limits=FEW)
    for line in lines:
        # Some editors and shells mark a file of UTF-8 so.
        text = line.removeprefix(codecs.BOM_UTF8).strip()
        if not text:
            continue
        try:
            yield answer(read_request(text, multivalued), profile=profile, with_trace=with_trace, engine=engine)
        except NeutralError as error:
            yield {"id": error.id, "error": error.message}


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--explain", "with_trace", is_flag=True, help="Add a trace: every statement and why it did not match."
)
@click.option(
    "--profile",
    type=click.Choice(["reference", "guide"]),
    default="reference",
    show_default=True,
    help="AWS as it is, or as the SageMaker guide describes it.",
)
def decide(file: BinaryIO, with_trace: bool, profile: Profile) -> None:
    """Decide the requests in FILE (- for standard input), one JSON object a line.

    \b
    A request says who, what, on what, and brings its policies (docs/DECIDE.md):
      {"principal": {"type": "user", "arn": "arn:aws:iam::123456789012:user/ana"},
       "action": "sagemaker:ListModels", "resource": {"arn": "*"},
       "identity_policies": [{"Version": "2012-10-17", "Statement": [...]}]}

    Every answer is one line. Exit code 0 whatever was decided, 2 when a line was no valid request; the other
    lines are answered all the same.
    """
    wrong = False
    out = sys.stdout.buffer
    encode = msgspec.json.Encoder().encode
    for said in answers(iter(file), catalog.load().multivalued, profile, with_trace):
        wrong = wrong or "error" in said
        out.write(encode(said) + b"\n")
        out.flush()
    sys.exit(BAD_INPUT if wrong else 0)


if __name__ == "__main__":
    decide()
