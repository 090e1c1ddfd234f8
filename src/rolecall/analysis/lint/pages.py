"""The page of a finding, as Markdown: what it means, an example, its repair.

docs/findings is written from here by `docs/findings/write.py`; `rolecall check --explain` prints the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rolecall.analysis.lint.codes import CODES
from rolecall.analysis.lint.codes.code import LETTERS, ORDER, Code, Needs
from rolecall.analysis.lint.example import SUPPRESSIONS, Example, text_of

KINDS: Final = {
    "I": "identity-based (users, groups, roles, boundaries, session policies)",
    "R": "resource-based",
    "T": "role trust",
    "S": "service control",
    "C": "resource control",
}
GUIDE: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
ANCHORS: Final = {
    "ERROR": "error",
    "SECURITY_WARNING": "security-warning",
    "WARNING": "general-warning",
    "SUGGESTION": "suggestion",
}
# Texts longer than this are cut in the middle: what matters is the beginning.
MOST_LINES: Final = 40


def learn_more(code: str) -> str:
    """The page's place in the documentation."""
    return f"docs/findings/{code}.md"


def aws_page(code: Code) -> str:
    severity = ANCHORS[code.severity.value]
    anchor = code.name.lower().replace("_", "-")
    return f"{GUIDE}#access-analyzer-reference-policy-checks-{severity}-{anchor}"


def page(code: Code, examples: Iterable[Example]) -> str:
    """The whole page of one code."""
    own = [each for each in examples if each.code == code.name]
    first = own[0]
    lines = [f"# {code.name}", "", f"**{code.title}** · {code.severity.value}", "", first.when, ""]
    lines += _facts(code, first)
    for each in own:
        lines += _example(each)
    return "\n".join(lines).rstrip() + "\n"


def _facts(code: Code, first: Example) -> list[str]:
    lines = [f"> {code.form}", ""]
    if first.type != SUPPRESSIONS:
        kinds = ", ".join(KINDS[letter] for letter in KINDS if letter in code.types)
        lines += [f"Policies: {'all types' if len(code.types) == len(set(LETTERS.values())) else kinds}.", ""]
    if code.needs is not Needs.DOCUMENT:
        use = "" if first.use is None else f" (`rolecall check --as {first.use}`)"
        lines += [f"One document does not tell: it takes {code.needs.value}{use}.", ""]
    if not code.default:
        lines += [f"Off by default: `rolecall check --also {code.name}`.", ""]
    if code.aws:
        lines += [f"A finding of IAM Access Analyzer: [AWS's page]({aws_page(code)}).", ""]
    return lines


def _example(example: Example) -> list[str]:
    language = "yaml" if example.type == SUPPRESSIONS else "json"
    where = f", at `{example.at}`" if example.at else f", line {example.line}" if example.line else ""
    kind = "" if example.type in ("identity", SUPPRESSIONS) else f" ({example.type} policy)"
    title = f"## Example{kind}{where}"
    lines = [title, "", f"```{language}", *_shortened(text_of(example.wrong)), "```", ""]
    if example.boundary is not None:
        lines += _boundary(example.boundary)
    repaired = f" ({example.repaired_type} policy)" if example.repaired_type else ""
    lines += [f"## Repaired{repaired}", "", f"```{language}", *_shortened(text_of(example.repaired)), "```", ""]
    if example.repaired_boundary is not None:
        lines += _boundary(example.repaired_boundary)
    return lines


def _boundary(policy: object) -> list[str]:
    return ["with the boundary", "", "```json", *_shortened(text_of(policy)), "```", ""]


def _shortened(text: str) -> list[str]:
    lines = text.rstrip("\n").split("\n")
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[:12], f"{' ' * 8}… {len(lines) - 20} lines more …", *lines[-8:]]


USAGE: Final = """\
# Findings of `rolecall check`

    rolecall check policies/ trust.json -      files, folders with JSON, standard input
    rolecall check scp.json --type scp         the type is guessed from the content unless you say it
    rolecall check *.json --as studio-role     these are all policies of such a principal: look at them together
    rolecall check policies/ --fix             make the repairs that do not let a policy allow more
    rolecall check --explain RC104             one of the pages below, in the terminal

`--format json|sarif|junit|github` is for programs. The exit code is 0 when nothing of the wanted `--severity`
(warning) or worse is found, 1 when something is, 2 when a file cannot be read.

A guess tells identity-based, resource-based and trust policies apart; service and resource control policies,
session and endpoint policies and boundaries are only known when `--type` says them.

**Together.** Some faults no document shows by itself: AddTags that is missing, a role that may not be passed, a
boundary that hides a permission. Those rules are asked with `--as`, which says that the files are everything
the principal has, and what it is: `principal` (nothing more is known), `person`, `execution-role`,
`studio-role`. Add `--boundary FILE` for its permissions boundary and `--bucket NAME` for where its jobs keep
data.

**Suppressions** stand in `.rolecall-ignore.yaml`, `rolecall.toml` (`[[suppressions]]`) or `pyproject.toml`
(`[[tool.rolecall.suppressions]]`). Each needs a reason; one that has expired, or hides nothing any more, is a
finding itself. `--show-suppressed` lists what is hidden.

```yaml
suppressions:
  - code: RC307
    file: policies/trust*.json
    path: Statement[0].*
    reason: the new module adds aws:SourceAccount
    expires: 2027-01-31
```

**Errors** are what AWS refuses and what can never work. What the catalogue may only not know yet (an action, a
key, a kind of ARN without a near name) is a warning, even where Access Analyzer says error; the finding names
the catalogue.

Codes in words are those of IAM Access Analyzer, RC codes are our own. Where both apply there is one finding
with both.

"""


def index() -> str:
    """How to use the lint, and the list of all pages by severity."""
    lines = [*USAGE.rstrip("\n").split("\n"), ""]
    for severity in ORDER:
        rows = [code for code in CODES.values() if code.severity is severity]
        lines += [f"## {severity.value} ({len(rows)})", "", "| code | title |", "|---|---|"]
        lines += [f"| [{code.name}]({code.name}.md) | {code.title} |" for code in rows]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
