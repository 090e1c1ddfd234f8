"""What a server counts, in Prometheus' text form: calls, decisions, latencies, what was refused, what waits.

Several workers answer at one address, and a scrape reaches any one of them: each writes its counts into a file
every second, and whoever is asked adds all of them up. What a killed worker had counted stays.
"""

from __future__ import annotations

import bisect
import collections
import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, field

from rolecall.authorization.rulings import Ruling
from rolecall.server.judging import Judgement

FOLDER: Final = "metrics"
# Upper ends of the buckets of a latency, in seconds.
BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Labels = tuple[str, ...]


class Latency(Struct):
    """buckets: how many calls fell into each, the last one for the slower ones."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        self.buckets[bisect.bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds


class Metrics:
    """The counts of one process."""

    def __init__(self) -> None:
        self.calls: collections.Counter[Labels] = collections.Counter()  # service, operation, outcome
        self.decisions: collections.Counter[Labels] = collections.Counter()  # outcome, type of policy that decided
        self.refused: collections.Counter[Labels] = collections.Counter()  # status of what was no API call
        self.unimplemented: collections.Counter[str] = collections.Counter()
        self.latencies: dict[str, Latency] = {}

    def answered(self, service: str, seconds: float) -> None:
        latency = self.latencies.get(service)
        if latency is None:
            latency = self.latencies[service] = Latency()
        latency.add(seconds)

    def decided(self, judgement: Judgement) -> None:
        for ruling in judgement.rulings:
            self.decisions[_outcome(ruling)] += 1

    def snapshot(self) -> Counts:
        return Counts(
            calls=dict(self.calls),
            decisions=dict(self.decisions),
            refused=dict(self.refused),
            latencies={name: msgspec.structs.replace(one) for name, one in self.latencies.items()},
            unimplemented=dict(self.unimplemented),
        )


def _outcome(ruling: Ruling) -> Labels:
    if ruling.allowed:
        return "allow", ""
    if ruling.decision.allowed:
        return "explicit_deny", "account"  # a role passed across accounts
    by = ruling.decision.by
    return ruling.decision.outcome.value, "" if by is None else by.policy_type.value


class Counts(Struct, frozen=True):
    """Counts as they are added up and written down."""

    calls: Mapping[Labels, int] = {}
    decisions: Mapping[Labels, int] = {}
    refused: Mapping[Labels, int] = {}
    latencies: Mapping[str, Latency] = {}
    lost: int = 0
    unimplemented: Mapping[str, int] = {}


def together(parts: Iterable[Counts]) -> Counts:
    """The sum of the counts of several processes."""
    calls: collections.Counter[Labels] = collections.Counter()
    decisions: collections.Counter[Labels] = collections.Counter()
    refused: collections.Counter[Labels] = collections.Counter()
    unimplemented: collections.Counter[str] = collections.Counter()
    latencies: dict[str, Latency] = {}
    lost = 0
    for part in parts:
        calls.update(part.calls)
        decisions.update(part.decisions)
        refused.update(part.refused)
        unimplemented.update(part.unimplemented)
        lost += part.lost
        for name, one in part.latencies.items():
            known = latencies.setdefault(name, Latency())
            known.buckets = [a + b for a, b in zip(known.buckets, one.buckets, strict=True)]
            known.total += one.total
    return Counts(calls, decisions, refused, latencies, lost, unimplemented)


class Files:
    """The counts of the workers of one server, a file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._own = self._folder / str(os.getpid())

    def begin(self) -> None:
        """An empty folder; called before there are workers."""
        self.end()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def end(self) -> None:
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                path.unlink()
            self._folder.rmdir()

    def write(self, counts: Counts) -> None:
        aside = self._own.with_suffix(".new")
        with contextlib.suppress(OSError):
            aside.write_bytes(msgspec.msgpack.encode(counts))
            os.replace(aside, self._own)

    def others(self) -> Iterator[Counts]:
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                if path != self._own and not path.suffix:
                    with contextlib.suppress(OSError, msgspec.DecodeError):
                        yield msgspec.msgpack.decode(path.read_bytes(), type=Counts)


def exposition(counts: Counts, gauges: Mapping[str, tuple[str, Mapping[Labels, float]]]) -> str:
    """Prometheus' text form. gauges: name → (help, values by the texts of their labels, as `name="value"`)."""
    lines: list[str] = []

    def head(name: str, kind: str, text: str) -> None:
        lines.extend((f"# HELP {name} {text}", f"# TYPE {name} {kind}"))

    head("rolecall_calls_total", "counter", "API calls answered, by outcome.")
    for (service, operation, outcome), count in sorted(counts.calls.items()):
        labels = _labels(service=service, operation=operation, outcome=outcome)
        lines.append(f"rolecall_calls_total{labels} {count}")
    head("rolecall_decisions_total", "counter", "Authorization decisions, by outcome and type of policy.")
    for (outcome, by), count in sorted(counts.decisions.items()):
        lines.append(f"rolecall_decisions_total{_labels(outcome=outcome, by=by)} {count}")
    head("rolecall_refused_requests_total", "counter", "Requests refused before they were API calls, by status.")
    for (status,), count in sorted(counts.refused.items()):
        lines.append(f"rolecall_refused_requests_total{_labels(status=status)} {count}")
    head("rolecall_call_seconds", "histogram", "Time from a request to its answer.")
    for service, latency in sorted(counts.latencies.items()):
        so_far = 0
        for end, count in zip((*map(str, BUCKETS), "+Inf"), latency.buckets, strict=True):
            so_far += count
            lines.append(f"rolecall_call_seconds_bucket{_labels(service=service, le=end)} {so_far}")
        lines.append(f"rolecall_call_seconds_sum{_labels(service=service)} {latency.total:.6f}")
        lines.append(f"rolecall_call_seconds_count{_labels(service=service)} {so_far}")
    head("rolecall_lost_audit_records_total", "counter", "Records of reads and denials that were dropped.")
    lines.append(f"rolecall_lost_audit_records_total {counts.lost}")
    for name, (text, values) in gauges.items():
        head(name, "gauge", text)
        for labels_of, value in sorted(values.items()):
            inside = ",".join(labels_of)
            lines.append(f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}")
    return "\n".join(lines) + "\n"


def _labels(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
