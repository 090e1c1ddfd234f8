"""The online store: which of two records counts, what a deletion leaves, when a record is gone.

Sources: API Reference of the feature store runtime (PutRecord, DeleteRecord, UpdateRecord, GetRecord).
"""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.testing.server import Account
from services.sagemaker_runtimes.refusals import refused

DAY = "2030-01-0{}T00:00:00Z"


@pytest.fixture
def store(account: Account) -> Any:
    account.client("sagemaker").create_feature_group(
        FeatureGroupName="g",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="at",
        FeatureDefinitions=[
            {"FeatureName": "id", "FeatureType": "String"},
            {"FeatureName": "at", "FeatureType": "String"},
            {"FeatureName": "score", "FeatureType": "Integral"},
        ],
        OnlineStoreConfig={"EnableOnlineStore": True, "StorageType": "Standard_V2"},
    )
    return account.client("sagemaker-featurestore-runtime")


def record(day: int | str, score: object = None, identifier: str = "a") -> list[dict[str, str]]:
    at = DAY.format(day) if isinstance(day, int) else day
    values = {"id": identifier, "at": at, **({} if score is None else {"score": str(score)})}
    return [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]


def put(store: Any, *given: Any, **more: Any) -> None:
    store.put_record(FeatureGroupName="g", Record=record(*given), **more)


def held(store: Any, identifier: str = "a", **more: Any) -> dict[str, str] | None:
    answer = store.get_record(FeatureGroupName="g", RecordIdentifierValueAsString=identifier, **more)
    if "Record" not in answer:
        return None
    return {one["FeatureName"]: one["ValueAsString"] for one in answer["Record"]}


def delete(store: Any, day: int, mode: str = "SoftDelete") -> None:
    store.delete_record(
        FeatureGroupName="g", RecordIdentifierValueAsString="a", EventTime=DAY.format(day), DeletionMode=mode
    )


def test_there_is_no_record_at_first(store: Any) -> None:
    assert held(store) is None


@pytest.mark.parametrize(("second", "score"), [(3, "2"), (2, "1"), (1, "1")])
def test_only_a_later_event_time_replaces(store: Any, second: int, score: str) -> None:
    put(store, 2, 1)
    put(store, second, 2)
    assert held(store) == {"id": "a", "at": DAY.format(3 if score == "2" else 2), "score": score}


def test_a_record_replaces_the_whole_record_before(store: Any) -> None:
    put(store, 1, 1)
    put(store, 2)
    assert held(store) == {"id": "a", "at": DAY.format(2)}


def test_an_identifier_may_be_any_text(store: Any) -> None:
    for name in ("a/b c?&=%", "ä€", "x" * 3000):
        put(store, 1, 1, name)
        found = held(store, name)
        assert found is not None
        assert found["id"] == name


@pytest.mark.parametrize("mode", ["SoftDelete", "HardDelete"])
def test_a_later_deletion_counts(store: Any, mode: str) -> None:
    put(store, 1, 1)
    delete(store, 2, mode)
    assert held(store) is None


def test_an_earlier_soft_deletion_leaves_the_record(store: Any) -> None:
    put(store, 2, 1)
    delete(store, 1)
    assert held(store) is not None


def test_an_earlier_hard_deletion_is_refused(store: Any) -> None:
    put(store, 2, 1)
    code, status, _ = refused(
        store.delete_record,
        FeatureGroupName="g",
        RecordIdentifierValueAsString="a",
        EventTime=DAY.format(1),
        DeletionMode="HardDelete",
    )
    assert (code, status) == ("ValidationError", 400)


def test_a_soft_deletion_keeps_older_records_out_and_lets_newer_ones_in(store: Any) -> None:
    put(store, 1, 1)
    delete(store, 3)
    put(store, 2, 2)
    assert held(store) is None
    put(store, 4, 4)
    assert held(store) == {"id": "a", "at": DAY.format(4), "score": "4"}


def test_a_record_is_gone_when_its_time_is_over(store: Any) -> None:
    put(store, "2020-01-01T00:00:00Z", 1, TtlDuration={"Unit": "Weeks", "Value": 1})
    assert held(store) is None


def test_the_end_of_a_record_is_told_when_asked_for(store: Any) -> None:
    put(store, 1, 1, TtlDuration={"Unit": "Days", "Value": 1})
    asked = {"FeatureGroupName": "g", "RecordIdentifierValueAsString": "a"}
    assert store.get_record(**asked, ExpirationTimeResponse="Enabled")["ExpiresAt"] == DAY.format(2)
    assert "ExpiresAt" not in store.get_record(**asked)


def test_some_features_may_be_asked_for(store: Any) -> None:
    put(store, 1, 7)
    assert held(store, FeatureNames=["score"]) == {"score": "7"}
    asked = {"FeatureGroupName": "g", "RecordIdentifierValueAsString": "a"}
    assert refused(store.get_record, **asked, FeatureNames=["none"])[0] == "ValidationError"


@pytest.mark.parametrize(
    "wrong",
    [
        [{"FeatureName": "none", "ValueAsString": "1"}, *record(1)],
        record("yesterday"),
        record("2030-01-01"),
        record(1, "1.5"),
        [*record(1), *record(1)],
        record(1)[1:],
        record(1)[:1],
    ],
    ids=[
        "unknown feature",
        "no time",
        "no instant",
        "wrong type",
        "given twice",
        "no identifier",
        "no event time",
    ],
)
def test_what_does_not_fit_the_group_is_refused(store: Any, wrong: list[dict[str, str]]) -> None:
    assert refused(store.put_record, FeatureGroupName="g", Record=wrong)[:2] == ("ValidationError", 400)


def test_an_update_changes_what_it_names(store: Any) -> None:
    put(store, 1, 1)
    asked = {"FeatureGroupName": "g", "RecordIdentifierValueAsString": "a"}
    store.update_record(**asked, Features=[{"FeatureName": "score", "ValueAsString": "9"}])
    assert held(store) == {"id": "a", "at": DAY.format(1), "score": "9"}
    older = [{"FeatureName": "at", "ValueAsString": "2029-01-01T00:00:00Z"}]
    assert refused(store.update_record, **asked, Features=older)[:2] == ("ConflictException", 409)
    nobody = {**asked, "RecordIdentifierValueAsString": "b"}
    assert refused(store.update_record, **nobody, Features=older)[:2] == ("ResourceNotFound", 404)


def test_records_are_listed_in_pages(store: Any) -> None:
    for name in "abc":
        put(store, 1, 1, name)
    delete(store, 2)
    first = store.list_records(FeatureGroupName="g", MaxResults=1)
    rest = store.list_records(FeatureGroupName="g", NextToken=first["NextToken"], MaxResults=1)
    assert first["RecordIdentifiers"] + rest["RecordIdentifiers"] == ["b", "c"]
    everything = store.list_records(FeatureGroupName="g", IncludeSoftDeletedRecords=True)
    assert everything["RecordIdentifiers"] == ["a", "b", "c"]


def test_a_batch_tells_records_and_errors(store: Any) -> None:
    store.batch_write_record(Entries=[{"FeatureGroupName": "g", "Record": record(1, 1, name)} for name in "ab"])
    answer = store.batch_get_record(
        Identifiers=[
            {"FeatureGroupName": "g", "RecordIdentifiersValueAsString": ["a", "b", "c"]},
            {"FeatureGroupName": "none", "RecordIdentifiersValueAsString": ["a"]},
        ]
    )
    assert [one["RecordIdentifierValueAsString"] for one in answer["Records"]] == ["a", "b"]
    assert [one["FeatureGroupName"] for one in answer["Errors"]] == ["none"]
    wrong = store.batch_write_record(Entries=[{"FeatureGroupName": "none", "Record": record(1)}])
    assert wrong["Errors"][0]["Entry"]["FeatureGroupName"] == "none"


def test_a_group_that_is_made_again_begins_empty(account: Account, store: Any) -> None:
    put(store, 1, 1)
    sagemaker = account.client("sagemaker")
    sagemaker.delete_feature_group(FeatureGroupName="g")
    definitions = [{"FeatureName": name, "FeatureType": "String"} for name in ("id", "at")]
    sagemaker.create_feature_group(
        FeatureGroupName="g",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="at",
        FeatureDefinitions=definitions,
        OnlineStoreConfig={"EnableOnlineStore": True},
    )
    assert held(store) is None


def test_denials_have_the_code_of_the_service(account: Account, store: Any) -> None:
    account.client("iam").create_user(UserName="nobody")
    nobody = account.as_principal("user/nobody").client("sagemaker-featurestore-runtime")
    code, status, message = refused(nobody.put_record, FeatureGroupName="g", Record=record(1))
    assert (code, status) == ("AccessForbidden", 403)
    assert "is not authorized to perform: sagemaker:PutRecord on resource: " in message


def test_an_offline_group_has_nothing_to_read(account: Account, role: str) -> None:
    account.client("sagemaker").create_feature_group(
        FeatureGroupName="offline",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="at",
        FeatureDefinitions=[{"FeatureName": name, "FeatureType": "String"} for name in ("id", "at")],
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://b/"}},
        RoleArn=role,
    )
    client = account.client("sagemaker-featurestore-runtime")
    client.put_record(FeatureGroupName="offline", Record=record(1))
    asked = {"FeatureGroupName": "offline", "RecordIdentifierValueAsString": "a"}
    assert refused(client.get_record, **asked)[0] == "ValidationError"


def numbered(account: Account) -> Any:
    """A store whose event times are numbers of seconds."""
    account.client("sagemaker").create_feature_group(
        FeatureGroupName="g",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="at",
        FeatureDefinitions=[
            {"FeatureName": "id", "FeatureType": "String"},
            {"FeatureName": "at", "FeatureType": "Fractional"},
        ],
        OnlineStoreConfig={"EnableOnlineStore": True},
    )
    return account.client("sagemaker-featurestore-runtime")


def test_what_lives_beyond_the_years_of_the_calendar_expires_in_the_last_of_them(account: Account) -> None:
    store = numbered(account)
    put(store, "7732838400000", TtlDuration={"Unit": "Days", "Value": 1})
    answer = store.get_record(
        FeatureGroupName="g", RecordIdentifierValueAsString="a", ExpirationTimeResponse="Enabled"
    )
    assert answer["ExpiresAt"] == "9999-12-31T23:59:59Z"


@pytest.mark.parametrize("time", ["9E+999999", "-1E+400", "NaN"])
def test_an_event_time_is_a_number_of_seconds(account: Account, time: str) -> None:
    code, status, _ = refused(
        numbered(account).put_record,
        FeatureGroupName="g",
        Record=record(time),
        TtlDuration={"Unit": "Weeks", "Value": 1},
    )
    assert (code, status) == ("ValidationError", 400)
