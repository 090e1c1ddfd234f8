"""A world from a file answers what decision and authorization ask."""

from __future__ import annotations

from rolecall import catalog
from rolecall.analysis.worlds import FileWorld, Library, read_world

TEXT = """
region: eu-west-1
organization:
  id: o-one
  management_account: "999999999999"
  root_id: r-one
  scps: [{name: top, document: {Statement: {Effect: Deny, Action: "iam:*", Resource: "*"}}}]
  units:
    strict:
      id: ou-one
      full_aws_access: false
      rcps:
        - name: r
          document:
            Version: 2012-10-17
            Statement: {Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*"}
      accounts: ["123456789012"]
accounts:
  "123456789012":
    scps: [{name: own, document: {Statement: {Effect: Allow, Action: "s3:*", Resource: "*"}}}]
    policies: {Read: {Statement: {Effect: Allow, Action: "s3:Get*", Resource: "*"}}}
    groups: {team: {policies: [Read]}}
    users: {ann: {path: /people/, groups: [team], boundary: Read, tags: {team: fraud}}}
    roles:
      Exec: {trust: sagemaker.amazonaws.com, tags: {a: b}}
      Linked: {path: /aws-service-role/sagemaker.amazonaws.com/, trust: sagemaker.amazonaws.com}
    domains: {d: {id: d-one, execution_role: Exec, user_profiles: {ann: {}}, spaces: {lab: {owner: ann}, all: {}}}}
    buckets:
      data:
        policy:
          Version: 2012-10-17
          Statement: {Effect: Allow, Principal: "*", Action: "s3:*", Resource: "*"}
    resources:
      model/m: {tags: {team: fraud}, state: {EnableNetworkIsolation: true}}
  "111122223333": {}
  "999999999999": {}
"""


def made() -> FileWorld:
    return FileWorld(read_world(Library({"w": TEXT}.__getitem__, catalog.load()), "w"))


def test_a_user_has_the_policies_of_its_groups_and_its_boundary() -> None:
    world = made()
    ann = world.principal("arn:aws:iam::123456789012:user/people/ann")
    assert ann is not None
    assert [policy.name for policy in ann.identity] == ["Read"]
    assert ann.boundary is not None
    assert ann.tags == {"team": "fraud"}
    assert world.principal("arn:aws:iam::123456789012:user/ann") is None
    assert world.entity_arn("123456789012", "user", "ann") == ann.arn


def test_control_policies_stand_at_their_levels_root_first() -> None:
    control = made().control_policies("123456789012")
    assert [[policy.name for policy in level] for level in control.scps] == [
        ["FullAWSAccess", "top"],
        [],
        ["FullAWSAccess", "own"],
    ]
    assert [[policy.name for policy in level] for level in control.rcps] == [
        ["RCPFullAWSAccess"],
        ["RCPFullAWSAccess", "r"],
        ["RCPFullAWSAccess"],
    ]
    assert control.organization_path == "o-one/r-one/ou-one/"


def test_an_account_that_no_unit_names_is_attached_to_the_root() -> None:
    control = made().control_policies("111122223333")
    assert [[policy.name for policy in level] for level in control.scps] == [
        ["FullAWSAccess", "top"],
        ["FullAWSAccess"],
    ]
    assert not control.management_account


def test_the_management_account_is_known_as_one() -> None:
    assert made().control_policies("999999999999").management_account


def test_an_account_outside_of_the_world_has_no_guardrails() -> None:
    assert made().control_policies("000000000000").scps == ()


def test_trust_is_the_resource_policy_of_a_role_and_of_nothing_else() -> None:
    world = made()
    role = "arn:aws:iam::123456789012:role/Exec"
    assert world.trust_policy(role) is not None
    assert world.resource_policy(role) == world.trust_policy(role)
    assert world.trust_policy("arn:aws:s3:::data") is None


def test_a_bucket_s_policy_stands_on_its_objects() -> None:
    world = made()
    assert world.resource_policy("arn:aws:s3:::data/x/y") == world.resource_policy("arn:aws:s3:::data")
    assert world.resource_policy("arn:aws:s3:::data2/x") is None


def test_tags_and_state_are_those_of_the_file() -> None:
    world = made()
    model = "arn:aws:sagemaker:eu-west-1:123456789012:model/m"
    assert world.tags_of(model) == {"team": "fraud"}
    assert world.state_of(model) == {"EnableNetworkIsolation": True}
    assert world.tags_of("arn:aws:iam::123456789012:role/Exec") == {"a": "b"}
    assert world.tags_of("arn:aws:sagemaker:eu-west-1:123456789012:model/none") == {}
    assert world.state_of("arn:aws:sagemaker:eu-west-1:123456789012:model/none") is None


def test_a_private_space_has_its_owner_and_a_shared_one_none() -> None:
    world = made()
    space = "arn:aws:sagemaker:eu-west-1:123456789012:space/d-one/"
    lab, everybody = world.state_of(f"{space}lab"), world.state_of(f"{space}all")
    assert lab is not None
    assert everybody is not None
    assert lab["OwnershipSettings"] == {"OwnerUserProfileName": "ann"}
    assert lab["SpaceSharingSettings"] == {"SharingType": "Private"}
    assert everybody["SpaceSharingSettings"] == {"SharingType": "Shared"}


def test_service_linked_roles_are_found_by_their_service() -> None:
    world = made()
    found = world.service_linked_role("123456789012", "sagemaker.amazonaws.com")
    assert found == "arn:aws:iam::123456789012:role/aws-service-role/sagemaker.amazonaws.com/Linked"
    assert world.service_linked_role("123456789012", "glue.amazonaws.com") is None
