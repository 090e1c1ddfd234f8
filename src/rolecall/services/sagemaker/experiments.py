"""Experiments: trials lie in an experiment, trial components are associated with any number of trials.

A job that is created with an ExperimentConfig brings a component along, which tells the state of the job.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lifecycle, lineage, model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import Body, Hooks, add, arn_of, find, view
from rolecall.services.sagemaker.lists import PAGE, every, list_page
from rolecall.services.sagemaker.resources import BY_TYPE, ResourceType
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

EXPERIMENT: Final = BY_TYPE["experiment"]
TRIAL: Final = BY_TYPE["experiment-trial"]
COMPONENT: Final = BY_TYPE["experiment-trial-component"]
IN_TRIAL: Final = "in-trial"  # the link from a component to the ARN of a trial
SOURCE: Final = "source"  # the link from a component to the ARN of the job that it tells of

# Type of a job -> the suffix of its component's name, and how the component's source is called.
SOURCES: Final[Mapping[str, tuple[str, str]]] = {
    "training-job": ("aws-training-job", "SageMakerTrainingJob"),
    "processing-job": ("aws-processing-job", "SageMakerProcessingJob"),
    "transform-job": ("aws-transform-job", "SageMakerTransformJob"),
}


def _named_for_display(kind: ResourceType) -> Hooks:
    def show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
        return {**shown, "DisplayName": item.body.get("DisplayName") or item.name}

    return Hooks(show=show)


# ---- components


def _show_component(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    shown["DisplayName"] = item.body.get("DisplayName") or item.name
    shown["Sources"] = [one for one in (item.body.get("Source"),) if one]
    shown["Metrics"] = item.body.get("_Metrics", [])
    link = next(iter(reader.links(item.id, SOURCE)), None)
    held = reader.item_by_arn(link.target) if link is not None else None
    job = lifecycle.at(held, call.now) if held is not None else None
    if job is not None:
        shown["Status"] = {"PrimaryStatus": job.status}
        shown["StartTime"] = job.body.get("_Started", job.created)
        shown["EndTime"] = job.body.get("_Ended")
    return shown


def _delete_component(call: Call, unit: Unit, item: Item) -> None:
    if unit.links(item.id, IN_TRIAL):
        raise refuse("component in trial", arn=item.arn)
    lineage.forget(call, unit, item)


def _delete_trial(call: Call, unit: Unit, item: Item) -> None:
    if unit.linked_to(IN_TRIAL, item.arn):
        raise refuse("trial has components", arn=item.arn)


def associate(call: Call, unit: Unit) -> Mapping[str, Any]:
    trial = find(call, unit, TRIAL, str(call.parameters["TrialName"]))
    component = find(call, unit, COMPONENT, str(call.parameters["TrialComponentName"]))
    unit.link(component.id, IN_TRIAL, trial.arn, name=trial.arn)
    return {"TrialComponentArn": component.arn, "TrialArn": trial.arn}


def disassociate(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Afterwards the two are not associated: also when there is no such trial or component."""
    trial = arn_of(call, TRIAL, str(call.parameters["TrialName"]))
    component = arn_of(call, COMPONENT, str(call.parameters["TrialComponentName"]))
    held = unit.item_by_arn(component)
    if held is not None:
        unit.unlink(held.id, IN_TRIAL, name=trial)
    return {"TrialComponentArn": component, "TrialArn": trial}


def track(call: Call, unit: Unit, job: Item) -> None:
    """Give a job that was created with an ExperimentConfig its trial component."""
    config = job.body.get("ExperimentConfig")
    if not config:
        return
    suffix, source = SOURCES[job.type]
    body: Body = {
        "Source": {"SourceArn": job.arn, "SourceType": source},
        "Parameters": {},
        "InputArtifacts": {},
        "OutputArtifacts": {},
    }
    if config.get("TrialComponentDisplayName"):
        body["DisplayName"] = config["TrialComponentDisplayName"]
    name = f"{job.name}-{suffix}"
    # The component of an earlier job of this name stays, and is this job's from now on.
    held = unit.item(job.account, job.service, COMPONENT.type, name, region=job.region)
    component = held or add(call, unit, COMPONENT, name, body, tags=unit.tags(job.id))
    unit.link(component.id, SOURCE, job.arn)
    if config.get("TrialName"):
        trial = find(call, unit, TRIAL, str(config["TrialName"]))
        unit.link(component.id, IN_TRIAL, trial.arn, name=trial.arn)


def check(call: Call, reader: Reader, config: Mapping[str, Any] | None) -> None:
    """Refuse an ExperimentConfig that names what is not there."""
    if config and config.get("ExperimentName"):
        find(call, reader, EXPERIMENT, str(config["ExperimentName"]))
    if config and config.get("TrialName"):
        find(call, reader, TRIAL, str(config["TrialName"]))


# ---- lists


def list_trials(call: Call, reader: Reader) -> Mapping[str, Any]:
    """All, those of an experiment (both from an index), or those that a component is associated with."""
    given = call.parameters
    if given.get("ExperimentName"):
        find(call, reader, EXPERIMENT, str(given["ExperimentName"]))
    if not given.get("TrialComponentName"):
        return list_page(call, reader, TRIAL, HOOKS[TRIAL.type])
    component = find(call, reader, COMPONENT, str(given["TrialComponentName"]))
    found = (reader.item_by_arn(link.target) for link in reader.links(component.id, IN_TRIAL))
    trials = [one for one in found if one is not None]
    if given.get("ExperimentName"):
        trials = [one for one in trials if one.parent == given["ExperimentName"]]
    return _chosen(call, reader, TRIAL, trials)


def list_components(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    asked = [name for name in ("ExperimentName", "TrialName", "SourceArn") if given.get(name)]
    if len(asked) > 1:
        raise refuse("one filter", filters=" and ".join(asked))
    if not asked:
        return list_page(call, reader, COMPONENT, HOOKS[COMPONENT.type])
    if given.get("SourceArn"):
        links = reader.linked_to(SOURCE, str(given["SourceArn"]))
        found = [reader.item_by_id(link.item_id) for link in links]
    elif given.get("TrialName"):
        found = _of_trial(reader, find(call, reader, TRIAL, str(given["TrialName"])))
    else:
        experiment = find(call, reader, EXPERIMENT, str(given["ExperimentName"]))
        found = [one for trial in every(call, reader, TRIAL, experiment.name) for one in _of_trial(reader, trial)]
    # A source may be anybody's ARN; what is told of it is the caller's own.
    distinct = {one.id: one for one in found if one is not None and one.account == call.account}
    return _chosen(call, reader, COMPONENT, list(distinct.values()))


def _of_trial(reader: Reader, trial: Item) -> list[Item | None]:
    return [reader.item_by_id(link.item_id) for link in reader.linked_to(IN_TRIAL, trial.arn)]


def _chosen(call: Call, reader: Reader, kind: ResourceType, items: list[Item]) -> Mapping[str, Any]:
    """A page of items that links led to, in the order of the request."""
    given = call.parameters
    after, before = given.get("CreatedAfter"), given.get("CreatedBefore")
    held = [
        item
        for item in items
        if (after is None or item.created >= after) and (before is None or item.created <= before)
    ]
    held.sort(key=lambda item: item.name if given.get("SortBy") == "Name" else (item.created, item.id))
    if given.get("SortOrder") != "Ascending":
        held.reverse()
    member, shape = model.listed(call.operation)
    shown, token = page_of(held, int(given.get("MaxResults") or PAGE), given.get("NextToken"))
    known = [view(call, reader, kind, HOOKS[kind.type], item) for item in shown]
    answer: Body = {member: [model.fit(one, shape) for one in known]}
    return {**answer, "NextToken": token} if token else answer


def parents(reader: Reader, component: Item) -> Iterator[Body]:
    """The trials and experiments of a component, as Search tells them."""
    for link in reader.links(component.id, IN_TRIAL):
        trial = reader.item_by_arn(link.target)
        if trial is not None:
            yield {"TrialName": trial.name, "ExperimentName": trial.parent}


_EXPERIMENT: Final = _named_for_display(EXPERIMENT)
_TRIAL: Final = _named_for_display(TRIAL)

HOOKS: Final[Mapping[str, Hooks]] = {
    "experiment": Hooks(show=_EXPERIMENT.show, delete=lineage.forget),
    "experiment-trial": Hooks(show=_TRIAL.show, delete=_delete_trial),
    "experiment-trial-component": Hooks(show=_show_component, delete=_delete_component),
}

OPERATIONS: Final = {
    "AssociateTrialComponent": Operation(associate, writes=True),
    "DisassociateTrialComponent": Operation(disassociate, writes=True),
    "ListTrials": Operation(list_trials, writes=False),
    "ListTrialComponents": Operation(list_components, writes=False),
}
