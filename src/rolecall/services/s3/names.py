"""Names of S3: buckets, keys as the store orders them, version ids (S3 User Guide, "Bucket naming rules")."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ADDRESS: Final = re.compile(r"\d+\.\d+\.\d+\.\d+")
RESERVED: Final = (
    ("xn--", "sthree-", "amzn-s3-demo-"),
    ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"),
)
VERSION: Final = re.compile(r"null|[A-Za-z0-9._]{32}")
NULL: Final = "null"
LONGEST_KEY: Final = 1024
# What stands between a key and what tells rows of one key apart. Keys escape \x00 (which PostgreSQL does not
# hold) and \x01, so that it sorts before whatever a longer key goes on with.
SEPARATOR: Final = "\x01\x01"
LAST: Final = "\U0010ffff"


def is_bucket_name(name: str) -> bool:
    return (
        BUCKET.fullmatch(name) is not None
        and ".." not in name
        and ADDRESS.fullmatch(name) is None
        and not name.startswith(RESERVED[0])
        and not name.endswith(RESERVED[1])
    )


def bucket_arn(partition: str, bucket: str) -> str:
    return f"arn:{partition}:s3:::{bucket}"


def stored(key: str) -> str:
    """A key as the store's names hold it; order and equality stay those of its UTF-8 bytes."""
    return key.replace("\x01", "\x01\x03").replace("\x00", "\x01\x02")


def read(name: str) -> str:
    """The key in a name of the store."""
    key = name.partition(SEPARATOR)[0]
    return key.replace("\x01\x02", "\x00").replace("\x01\x03", "\x01")


def after(text: str) -> str | None:
    """The least text that is greater than all that begin with this one; None: there is none."""
    while text:
        last = ord(text[-1])
        if last < 0x10FFFF:
            following = last + 1
            return text[:-1] + chr(0xE000 if following == 0xD800 else following)
        text = text[:-1]
    return None


def version_place(bucket: str, key: str, version: str) -> str:
    """Under which unique id a version is found. bucket: the id of the bucket, not its name."""
    return f"{bucket}/{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}/{version}"


def new_version() -> str:
    return secrets.token_urlsafe(24).replace("-", ".")


def canonical_user(account: str) -> str:
    """S3's id of an account: 64 hex characters."""
    return hashlib.sha256(f"rolecall canonical user {account}".encode()).hexdigest()
