"""Which documents does `rolecall check` look at, as which type of policy, and what does it find in each?"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from rolecall.analysis.lint import Finding, Knowledge, Options, guess, is_policy
from rolecall.analysis.lint.linting import findings_of, look_at
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.sagemaker.access import Bundle, Use
from rolecall.analysis.lint.together import lint_together
from rolecall.errors import InputError
from rolecall.policy.document import PolicyType

STDIN: Final = "-"
ENDING: Final = "*.json"
IDENTITY: Final = frozenset({PolicyType.IDENTITY, PolicyType.SESSION})


class Source(Struct, frozen=True):
    """A text to look at. named: somebody asked for this file, it was not only found in a folder."""

    name: str
    text: str
    named: bool = True
    problem: str = ""


class Checked(Struct, frozen=True):
    """One policy. guessed: nobody said its type. look: None when the text is not JSON."""

    source: Source
    kind: PolicyType
    guessed: bool
    look: Look | None
    findings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        return self.source.name


def sources(paths: Iterable[str]) -> Iterator[Source]:
    """The texts behind the arguments: files, folders with all the JSON below, and standard input."""
    for name in paths:
        path = Path(name)
        if name == STDIN:
            yield _decoded("<stdin>", sys.stdin.buffer.read(), named=True)
        elif path.is_dir():
            for inner in sorted(path.rglob(ENDING)):
                if inner.is_file() and not any(part.startswith(".") for part in inner.relative_to(path).parts):
                    yield _read(inner, named=False)
        else:
            yield _read(path, named=True)


def _read(path: Path, named: bool) -> Source:
    try:
        return _decoded(path.as_posix(), path.read_bytes(), named)
    except OSError as problem:
        return Source(path.as_posix(), "", named, f"cannot read {path}: {problem.strerror}")


def _decoded(name: str, data: bytes, named: bool) -> Source:
    try:
        return Source(name, data.decode(), named)
    except UnicodeDecodeError as problem:
        return Source(name, "", named, f"{name} is not UTF-8: byte {problem.start}")


def check(source: Source, kind: PolicyType | None, knowledge: Knowledge, options: Options) -> Checked | None:
    """What the lint finds in one text; None if it holds no policy."""
    found = look_at(source.text, kind or PolicyType.IDENTITY, knowledge, options)
    if found.look is None:
        # A broken file that nobody named is one of ours only if it speaks like a policy.
        if source.named or '"Statement"' in source.text:
            return Checked(source, kind or PolicyType.IDENTITY, False, None, found.findings)
        return None
    document = found.look.document
    if not is_policy(document):
        return None
    guessed = kind is None
    look = found.look if kind is not None else look_at(source.text, guess(document), knowledge, options).look
    assert look is not None
    return Checked(source, look.kind, guessed, look, findings_of(look))


def together(
    checked: list[Checked], boundary: str | None, use: Use, buckets: tuple[str, ...], knowledge: Knowledge
) -> dict[str, tuple[Finding, ...]]:
    """What the policies say as all policies of one principal: name of the file -> further findings."""
    identity = [each for each in checked if each.look is not None and each.kind in IDENTITY]
    trust = next((each for each in checked if each.look is not None and each.kind is PolicyType.TRUST), None)
    limit = None
    if boundary is not None:
        source = _read(Path(boundary), named=True)
        limit = look_at(source.text, PolicyType.BOUNDARY, knowledge).look
        if source.problem or limit is None:
            raise InputError(source.problem or f"{boundary} is not JSON")
    bundle = Bundle(
        identity=tuple(each.look for each in identity if each.look is not None),
        boundary=limit,
        trust=None if trust is None else trust.look,
        use=use,
        buckets=buckets,
    )
    found = lint_together(bundle)
    names = {number: each.name for number, each in enumerate(identity)}
    if trust is not None:
        names[-2] = trust.name
    return {names[number]: findings for number, findings in found.items() if number in names}
