"""SSH keys, certificates, the credential report, and access advice out of the audit log."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from rolecall.wire.errors import AwsError
from services.accounts import ACCOUNT, Accounts

# Cut off in the middle.
SSH_KEY = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDPQ0ZTdjNSmvXiGLXOVXt8HvDRR3PMDXHkHg1aKtUCKYOYHDyFcE1cLdcVAdzcMg"


def ssh_key(bits: int = 2048) -> rsa.RSAPublicKey:
    return rsa.generate_private_key(65537, bits).public_key()


def openssh(key: rsa.RSAPublicKey) -> str:
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def pem(key: rsa.RSAPublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def certificate(
    name: str = "example.com", key: ec.EllipticCurvePrivateKey | None = None
) -> tuple[str, ec.EllipticCurvePrivateKey]:
    key = key or ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode(), key


def private_text(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def code_of(raised: pytest.ExceptionInfo[AwsError]) -> tuple[str, int]:
    return raised.value.code, raised.value.status


# ---- SSH keys


def test_an_ssh_key_is_given_out_in_both_forms(here: Accounts) -> None:
    here.iam("CreateUser", UserName="bob")
    key = ssh_key()
    made = here.iam("UploadSSHPublicKey", UserName="bob", SSHPublicKeyBody=openssh(key))["SSHPublicKey"]
    assert made["SSHPublicKeyId"].startswith("APKA")
    assert len(made["Fingerprint"]) == 47
    named = {"UserName": "bob", "SSHPublicKeyId": made["SSHPublicKeyId"]}
    assert here.iam("GetSSHPublicKey", **named, Encoding="PEM")["SSHPublicKey"]["SSHPublicKeyBody"] == pem(key)
    assert here.iam("GetSSHPublicKey", **named, Encoding="SSH")["SSHPublicKey"]["SSHPublicKeyBody"] == openssh(key)


def test_the_same_ssh_key_in_another_form_is_a_duplicate(here: Accounts) -> None:
    here.iam("CreateUser", UserName="bob")
    key = ssh_key()
    here.iam("UploadSSHPublicKey", UserName="bob", SSHPublicKeyBody=openssh(key))
    with pytest.raises(AwsError) as raised:
        here.iam("UploadSSHPublicKey", UserName="bob", SSHPublicKeyBody=pem(key))
    assert code_of(raised) == ("DuplicateSSHPublicKey", 400)


def test_short_and_cut_ssh_keys_are_refused(here: Accounts) -> None:
    here.iam("CreateUser", UserName="bob")
    elliptic = ec.generate_private_key(ec.SECP256R1()).public_key()
    wrong = (
        openssh(ssh_key(1024)),
        SSH_KEY,
        elliptic.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
    )
    for body in wrong:
        with pytest.raises(AwsError) as raised:
            here.iam("UploadSSHPublicKey", UserName="bob", SSHPublicKeyBody=body)
        assert code_of(raised) == ("InvalidPublicKey", 400)


def test_an_ssh_key_is_switched_off_listed_and_deleted(here: Accounts) -> None:
    here.iam("CreateUser", UserName="bob")
    body = openssh(ssh_key())
    ident = here.iam("UploadSSHPublicKey", UserName="bob", SSHPublicKeyBody=body)["SSHPublicKey"]["SSHPublicKeyId"]
    here.iam("UpdateSSHPublicKey", UserName="bob", SSHPublicKeyId=ident, Status="Inactive")
    (listed,) = here.iam("ListSSHPublicKeys", UserName="bob")["SSHPublicKeys"]
    assert (listed["SSHPublicKeyId"], listed["Status"]) == (ident, "Inactive")
    with pytest.raises(AwsError) as raised:
        here.iam("DeleteUser", UserName="bob")
    assert code_of(raised) == ("DeleteConflict", 409)
    here.iam("DeleteSSHPublicKey", UserName="bob", SSHPublicKeyId=ident)
    here.iam("DeleteUser", UserName="bob")


# ---- certificates


def test_signing_certificates_are_two_at_most_and_each_once(here: Accounts) -> None:
    here.iam("CreateUser", UserName="bob")
    first, _ = certificate("one")
    made = here.iam("UploadSigningCertificate", UserName="bob", CertificateBody=first)["Certificate"]
    assert (made["Status"], made["CertificateBody"]) == ("Active", first)
    with pytest.raises(AwsError) as raised:
        here.iam("UploadSigningCertificate", UserName="bob", CertificateBody=first)
    assert code_of(raised) == ("DuplicateCertificate", 409)
    here.iam("UploadSigningCertificate", UserName="bob", CertificateBody=certificate("two")[0])
    with pytest.raises(AwsError) as raised:
        here.iam("UploadSigningCertificate", UserName="bob", CertificateBody=certificate("three")[0])
    assert raised.value.message == "Cannot exceed quota for CertificatesPerUser: 2"


def test_a_server_certificate_has_its_end_and_its_path(here: Accounts) -> None:
    body, key = certificate()
    made = here.iam(
        "UploadServerCertificate",
        ServerCertificateName="web",
        Path="/cloudfront/",
        CertificateBody=body,
        PrivateKey=private_text(key),
        Tags=[{"Key": "team", "Value": "ml"}],
    )["ServerCertificateMetadata"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:server-certificate/cloudfront/web"
    assert made["Expiration"] == datetime(2027, 1, 1, tzinfo=UTC)
    assert made["ServerCertificateId"].startswith("ASCA")
    got = here.iam("GetServerCertificate", ServerCertificateName="web")["ServerCertificate"]
    assert got["CertificateBody"] == body
    assert got["Tags"] == [{"Key": "team", "Value": "ml"}]
    assert "CertificateChain" not in got


def test_a_private_key_of_another_certificate_is_refused(here: Accounts) -> None:
    body, _ = certificate()
    _, other = certificate()
    with pytest.raises(AwsError) as raised:
        here.iam(
            "UploadServerCertificate",
            ServerCertificateName="web",
            CertificateBody=body,
            PrivateKey=private_text(other),
        )
    assert code_of(raised) == ("KeyPairMismatch", 400)


def test_a_renamed_server_certificate_keeps_its_id(here: Accounts) -> None:
    body, key = certificate()
    upload = {"CertificateBody": body, "PrivateKey": private_text(key)}
    before = here.iam("UploadServerCertificate", ServerCertificateName="old", **upload)
    here.iam("UpdateServerCertificate", ServerCertificateName="old", NewServerCertificateName="new", NewPath="/p/")
    after = here.iam("GetServerCertificate", ServerCertificateName="new")["ServerCertificate"]
    known = "ServerCertificateId"
    assert after["ServerCertificateMetadata"][known] == before["ServerCertificateMetadata"][known]
    assert after["ServerCertificateMetadata"]["Path"] == "/p/"
    with pytest.raises(AwsError) as raised:
        here.iam("GetServerCertificate", ServerCertificateName="old")
    assert code_of(raised) == ("NoSuchEntity", 404)


# ---- the credential report


def report(here: Accounts) -> dict[str, dict[str, str]]:
    here.iam("GenerateCredentialReport")
    got = here.iam("GetCredentialReport")
    assert got["ReportFormat"] == "text/csv"
    return {row["user"]: row for row in csv.DictReader(io.StringIO(got["Content"].decode()))}


def test_the_report_tells_of_passwords_keys_mfa_and_certificates(here: Accounts) -> None:
    here.iam("CreateUser", UserName="bob")
    here.iam("CreateUser", UserName="ann")
    here.iam("CreateLoginProfile", UserName="bob", Password="correct Horse 9")
    first = here.iam("CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]
    here.wait(days=1)
    here.iam("CreateAccessKey", UserName="bob")
    here.iam("UpdateAccessKey", UserName="bob", AccessKeyId=first, Status="Inactive")
    here.iam("UpdateAccountPasswordPolicy", MaxPasswordAge=90)
    here.iam("UploadSigningCertificate", UserName="bob", CertificateBody=certificate()[0])
    rows = report(here)
    assert list(rows) == ["<root_account>", "ann", "bob"]
    bob = rows["bob"]
    assert bob["arn"] == f"arn:aws:iam::{ACCOUNT}:user/bob"
    assert (bob["password_enabled"], bob["password_last_used"]) == ("true", "no_information")
    assert bob["password_last_changed"] == "2026-11-23T21:30:50+00:00"
    assert bob["password_next_rotation"] == "2027-02-21T21:30:50+00:00"
    assert (bob["access_key_1_active"], bob["access_key_2_active"]) == ("false", "true")
    assert bob["access_key_2_last_rotated"] == "2026-11-24T21:30:50+00:00"
    assert (bob["cert_1_active"], bob["cert_2_active"], bob["cert_2_last_rotated"]) == ("true", "false", "N/A")
    assert rows["ann"]["password_enabled"] == "false"
    assert rows["ann"]["access_key_1_last_rotated"] == "N/A"
    assert rows["<root_account>"]["password_enabled"] == "not_supported"
    assert rows["<root_account>"]["access_key_1_active"] == "true"


def test_a_report_is_good_for_four_hours(here: Accounts) -> None:
    assert list(report(here)) == ["<root_account>"]
    here.iam("CreateUser", UserName="bob")
    here.wait(hours=3)
    assert list(report(here)) == ["<root_account>"]
    here.wait(hours=1)
    with pytest.raises(AwsError) as raised:
        here.iam("GetCredentialReport")
    assert code_of(raised) == ("ReportExpired", 410)
    assert list(report(here)) == ["<root_account>", "bob"]


# ---- virtual MFA devices


def test_the_qr_code_is_a_picture(here: Accounts) -> None:
    here.iam("CreateAccountAlias", AccountAlias="acme-ml")
    made = here.iam("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    assert made["QRCodePNG"].startswith(b"\x89PNG\r\n\x1a\n")


# ---- access advice


def test_a_job_belongs_to_whoever_made_it(here: Accounts) -> None:
    here.iam("CreateUser", UserName="bob")
    bob = here.user("bob")
    job = here.iam("GenerateServiceLastAccessedDetails", Arn=f"arn:aws:iam::{ACCOUNT}:user/bob")["JobId"]
    assert here.iam("GetServiceLastAccessedDetails", JobId=job)["JobStatus"] == "COMPLETED"
    with pytest.raises(AwsError) as raised:
        here.iam("GetServiceLastAccessedDetails", _as=bob, JobId=job)
    assert code_of(raised) == ("NoSuchEntity", 404)


def test_a_report_lists_what_the_policies_allow_and_nothing_else(here: Accounts) -> None:
    here.iam("CreateUser", UserName="bob")
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:Get*", "sagemaker:ListModels"], "Resource": "*"},
            {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"},
        ],
    }
    here.iam("PutUserPolicy", UserName="bob", PolicyName="p", PolicyDocument=json.dumps(document))
    job = here.iam("GenerateServiceLastAccessedDetails", Arn=f"arn:aws:iam::{ACCOUNT}:user/bob")["JobId"]
    found = here.iam("GetServiceLastAccessedDetails", JobId=job)["ServicesLastAccessed"]
    assert [each["ServiceNamespace"] for each in found] == ["s3", "sagemaker"]
    assert all(each["TotalAuthenticatedEntities"] == 0 for each in found)
    assert all("LastAuthenticated" not in each for each in found)


def test_who_has_nothing_to_report_about_gets_no_job(here: Accounts) -> None:
    with pytest.raises(AwsError) as raised:
        here.iam("GenerateServiceLastAccessedDetails", Arn=f"arn:aws:iam::{ACCOUNT}:user/nobody")
    assert code_of(raised) == ("NoSuchEntity", 404)
