"""How do other engines decide the same questions, and why otherwise? `python -m benchmarks.agreement.run`

Every decision case of the tests and seeded random requests go through each engine. Answers are counted; each
disagreement with iam-simulate, which knows every policy type, is made small and settled by its kind (`kinds`).
Writes the sections "agreement" and "iam-simulate" of docs/CONFORMANCE.md; ends with 1 when one is unsettled.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct, field

from benchmarks import report
from benchmarks.agreement import corpus
from benchmarks.agreement.corpus import Question
from benchmarks.agreement.engines import ENGINES, Running, start
from benchmarks.agreement.kinds import KINDS, Kind, Small, kind_of
from fuzzing.shrinking import shrunk
from rolecall.decision import PoliciesInForce, Request, decide
from rolecall.decision.neutral import write_request

SEED: Final = 20261124
RANDOM: Final = "random requests"
TRAPS: Final = "traps"


class Counts(Struct):
    """Of one engine on one topic. other_denial: denied both times, but one says explicitly and one does not."""

    asked: int = 0
    same: int = 0
    false_allow: int = 0
    false_deny: int = 0
    other_denial: int = 0
    error: int = 0

    def add(self, wanted: str, answered: str) -> None:
        self.asked += 1
        if answered == wanted:
            self.same += 1
        elif answered not in ("allow", "explicit_deny", "implicit_deny"):
            self.error += 1
        elif answered == "allow":
            self.false_allow += 1
        elif wanted == "allow":
            self.false_deny += 1
        else:
            self.other_denial += 1


class Settled(Struct):
    """The disagreements of one kind."""

    false_allow: int = 0
    false_deny: int = 0
    other_denial: int = 0
    of_cases: list[str] = field(default_factory=list)


def topic_of(question: Question) -> str:
    return question.name.partition(":")[0] if ":" in question.name else RANDOM


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=4_000, help="random ones (4,000)")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--no-write", action="store_true", help="leave docs/CONFORMANCE.md as it is")
    chosen = parser.parse_args()
    questions = [*corpus.cases(), *corpus.drawn(chosen.requests, chosen.seed)]
    wanted = [decide(each.request, each.policies).outcome.value for each in questions]
    counted: dict[str, dict[str, Counts]] = {}
    settled: dict[str, Settled] = {}
    unsettled = 0
    for engine in ENGINES:
        running = start(engine)
        if running is None:
            print(f"{engine.name}: cannot be installed here, left out")
            continue
        with running:
            topics = counted[engine.name] = {}
            for question, outcome in zip(questions, wanted, strict=True):
                answered = running.ask(question.request, question.policies)
                topics.setdefault(topic_of(question), Counts()).add(outcome, answered)
                if engine is ENGINES[0] and answered != outcome:
                    unsettled += not settle(question, outcome, answered, running, settled)
        print(f"{engine.name}: {told(topics.values())}", flush=True)
    if not chosen.no_write and len(counted) == len(ENGINES):
        report.write_section("agreement", [*scoreboard(counted)], report.CONFORMANCE, "make conformance")
        report.write_section("iam-simulate", [*disagreements(settled)], report.CONFORMANCE, "make conformance")
    return 1 if unsettled else 0


def settle(question: Question, wanted: str, answered: str, engine: Running, settled: dict[str, Settled]) -> bool:
    """Count a disagreement under its kind; prints one that has none, and says so."""

    def differs(request: Request, policies: PoliciesInForce) -> bool:
        outcome = decide(request, policies).outcome.value
        return outcome == wanted and engine.ask(request, policies) == answered

    request, policies = shrunk(question.request, question.policies, differs)
    kind = kind_of(Small(request, policies, wanted, answered))
    if kind is None:
        print(f"unsettled: {question.name}: rolecall says {wanted}, {engine.engine.name} {answered}")
        print(json.dumps({key: value for key, value in write_request(request, policies).items() if value}))
        return False
    found = settled.setdefault(kind.rule, Settled())
    counts = Counts()
    counts.add(wanted, answered)
    found.false_allow += counts.false_allow
    found.false_deny += counts.false_deny
    found.other_denial += counts.other_denial
    if ":" in question.name:
        found.of_cases.append(question.name)
    return True


def told(counts: Iterable[Counts]) -> str:
    """One line: agreement and the kinds of disagreement."""
    total = summed(counts)
    return (
        f"{total.same / total.asked:.1%} of {total.asked:,} the same, {total.false_allow:,} false allows, "
        f"{total.false_deny:,} false denials, {total.other_denial:,} other denials, {total.error:,} errors"
    )


def summed(counts: Iterable[Counts]) -> Counts:
    total: Counter[str] = Counter()
    for each in counts:
        total.update({name: getattr(each, name) for name in Counts.__struct_fields__})
    return Counts(**total)


def scoreboard(counted: dict[str, dict[str, Counts]]) -> Iterator[str]:
    """Engines beside each other on traps, cases and random requests; then topic by topic."""
    yield "| engine | corpus | questions | same outcome | false allow | false deny | other denial | error |"
    yield "|---|---|---|---|---|---|---|---|"
    for engine in ENGINES:
        topics = counted[engine.name]
        groups = {
            "the traps": [topics[TRAPS]],
            "other cases": [each for topic, each in topics.items() if topic not in (TRAPS, RANDOM)],
            RANDOM: [topics[RANDOM]],
        }
        for name, counts in groups.items():
            one = summed(counts)
            yield (
                f"| {engine.name} | {name} | {one.asked:,} | {one.same / one.asked:.0%} | {one.false_allow:,} "
                f"| {one.false_deny:,} | {one.other_denial:,} | {one.error:,} |"
            )
    yield ""
    yield from (f"- {engine.name}: {engine.told}." for engine in ENGINES)
    yield ""
    yield "False allows and false denials by topic (`tests/cases/`):"
    yield ""
    yield "| topic | questions | " + " | ".join(engine.name for engine in ENGINES) + " |"
    yield "|---|---|" + "---|" * len(ENGINES)
    for topic in counted[ENGINES[0].name]:
        cells = [
            f"{counts.false_allow} and {counts.false_deny}"
            for engine in ENGINES
            for counts in (counted[engine.name][topic],)
        ]
        yield f"| {topic} | {counted[ENGINES[0].name][topic].asked:,} | " + " | ".join(cells) + " |"


def disagreements(settled: dict[str, Settled]) -> Iterator[str]:
    """The kinds of disagreement with iam-simulate, with their reasons."""
    yield "| rolecall's rule | SEMANTICS | its false allows | its false denials | other denials | cases |"
    yield "|---|---|---|---|---|---|"
    for kind in by_count(settled):
        one = settled[kind.rule]
        example = one.of_cases[0] if one.of_cases else ""
        more = f" and {len(one.of_cases) - 1} more" if len(one.of_cases) > 1 else ""
        yield (
            f"| {kind.rule} | {kind.section} | {one.false_allow} | {one.false_deny} | {one.other_denial} "
            f"| {example}{more} |"
        )


def by_count(settled: dict[str, Settled]) -> list[Kind]:
    def count(kind: Kind) -> int:
        one = settled[kind.rule]
        return one.false_allow + one.false_deny + one.other_denial

    return sorted((kind for kind in KINDS if kind.rule in settled), key=count, reverse=True)


if __name__ == "__main__":
    sys.exit(main())
