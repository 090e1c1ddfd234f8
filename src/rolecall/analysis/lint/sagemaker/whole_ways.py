"""Ways to another's rights that take several permissions (RC402-RC404)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.finding import Finding
from rolecall.analysis.lint.knowledge import SAGEMAKER
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.rules.role_grants import PASS_ROLE
from rolecall.analysis.lint.sagemaker.access import SAMPLE, Access, entry_for
from rolecall.analysis.lint.sagemaker.keys import listed
from rolecall.analysis.lint.sagemaker.whole_roles import PASSED_TO, SERVICE

Said = Iterator[tuple[Look, Finding]]

# (write, its resource), (attach, its resource): each pair runs code under the role of what it is attached to.
LIFECYCLE: Final = (
    (
        ("CreateNotebookInstanceLifecycleConfig", "UpdateNotebookInstanceLifecycleConfig"),
        "notebook-instance-lifecycle-config",
        {"UpdateNotebookInstance": "notebook-instance"},
    ),
    (
        ("CreateStudioLifecycleConfig",),
        "studio-lifecycle-config",
        {"UpdateDomain": "domain", "UpdateUserProfile": "user-profile/d", "UpdateSpace": "space/d"},
    ),
)
PROFILES: Final = {
    "UpdateUserProfile": "user-profile/d",
    "CreateUserProfile": "user-profile/d",
    "UpdateDomain": "domain",
    "CreateDomain": "domain",
}


def _may(held: Access, operation: str, kind: str) -> bool:
    """Whether the operation is allowed on any resource of the kind, conditions or not."""
    return held.certainly(f"sagemaker:{operation}", held.arn(SAGEMAKER, f"{kind}/{SAMPLE}"))


def _passes_any(held: Access) -> bool:
    return held.certainly(PASS_ROLE, held.arn("iam", f"role/{SAMPLE}"), {PASSED_TO: SERVICE})


def _at(held: Access, action: str, code: str, values: dict[str, str]) -> Said:
    look, statement = next(held.allowing(action))
    entry = entry_for(statement, action)
    assert entry is not None
    yield look, look.finding(code, entry.place, values)


def lifecycle(held: Access) -> Said:
    """Scripts that start with a notebook or an app."""
    for writes, kind, attaches in LIFECYCLE:
        write = next((name for name in writes if _may(held, name, kind)), None)
        attach = next((name for name, on in attaches.items() if _may(held, name, on)), None)
        if write is not None and attach is not None:
            values = {"write": f"sagemaker:{write}", "attach": f"sagemaker:{attach}"}
            yield from _at(held, f"sagemaker:{write}", "RC402", values)


def profiles(held: Access) -> Said:
    """The execution role of a user profile or a domain."""
    able = [f"sagemaker:{name}" for name, kind in PROFILES.items() if _may(held, name, kind)]
    if able and _passes_any(held):
        yield from _at(held, able[0], "RC403", {"actions": listed(able)})


def pipelines(held: Access) -> Said:
    """Steps that run under the pipeline's role."""
    start = _may(held, "StartPipelineExecution", "pipeline")
    if start and _may(held, "UpdatePipeline", "pipeline"):
        names = "sagemaker:UpdatePipeline with sagemaker:StartPipelineExecution"
        yield from _at(held, "sagemaker:UpdatePipeline", "RC404", {"actions": names})
    elif _may(held, "CreatePipeline", "pipeline") and _passes_any(held):
        names = "sagemaker:CreatePipeline with iam:PassRole"
        yield from _at(held, "sagemaker:CreatePipeline", "RC404", {"actions": names})


RULES: Final = (lifecycle, profiles, pipelines)
