"""Timestamps, numbers and bytes as the protocols write them: reading is strict, writing is AWS's form."""

from __future__ import annotations

import base64
import binascii
import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

_ISO: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# The bounds of the model's integer types.
INTEGER_BITS: Final = {"integer": 32, "long": 64}


class ShapeError(ValueError):
    """A value that has not the form its shape asks for; the text is what json services answer."""


def read_timestamp(text: str, style: str) -> datetime:
    """`style` is botocore's timestampFormat: iso8601, rfc822 or unixtimestamp."""
    try:
        match style.lower():
            case "iso8601":
                return _read_iso(text)
            case "rfc822":
                moment = parsedate_to_datetime(text)
                return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
            case _:
                return read_epoch(float(text))
    except (ValueError, OverflowError, TypeError) as error:
        raise ShapeError(f"Unable to parse timestamp: {text}") from error


def _read_iso(text: str) -> datetime:
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    moment = datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
        int((fraction or "0").ljust(6, "0")[:6]), tzinfo=UTC,
    )  # fmt: skip
    if zone and zone not in "Zz":
        sign = 1 if zone[0] == "+" else -1
        moment -= sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return moment


def read_epoch(seconds: float) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=round(seconds * 1000))
    except (OverflowError, ValueError) as error:
        raise ShapeError(f"Unable to parse timestamp: {seconds}") from error


def epoch(moment: datetime) -> int | float:
    """Seconds since 1970, whole where they are, else to the millisecond: 1532029813.951."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    return milliseconds // 1000 if milliseconds % 1000 == 0 else milliseconds / 1000


def write_timestamp(moment: datetime, style: str, *, milliseconds: bool = False) -> str:
    """IAM and STS write whole seconds."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    match style.lower():
        case "iso8601":
            fraction = milliseconds and moment.microsecond >= 1000
            text = moment.isoformat(timespec="milliseconds" if fraction else "seconds")
            return text.replace("+00:00", "Z")
        case "rfc822":
            return format_datetime(moment, usegmt=True)
        case _:
            return str(epoch(moment))


def read_integer(text: str, kind: str) -> int:
    # int() takes spaces, underscores and other scripts' digits as well.
    if not re.fullmatch(r"[+-]?[0-9]{1,20}", text):
        raise ShapeError(f"STRING_VALUE cannot be converted to {kind.capitalize()}")
    return in_range(int(text), kind)


def in_range(number: int, kind: str) -> int:
    bits = INTEGER_BITS.get(kind, 64)
    if not -(1 << bits - 1) <= number < 1 << bits - 1:
        raise ShapeError(f"Numeric value ({number}) out of range of {'int' if bits == 32 else 'long'}")
    return number


_SPECIAL: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def read_float(text: str, kind: str) -> float:
    if text in _SPECIAL:
        return _SPECIAL[text]
    if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", text):
        raise ShapeError(f"STRING_VALUE cannot be converted to {kind.capitalize()}")
    return float(text)


def write_float(number: float) -> str | None:
    """The name of a number that JSON and XML cannot write in digits."""
    if math.isfinite(number):
        return None
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def read_boolean(text: str) -> bool:
    folded = text.lower()
    if folded not in ("true", "false"):
        raise ShapeError("STRING_VALUE cannot be converted to Boolean")
    return folded == "true"


def read_blob(text: str) -> bytes:
    if len(text) % 4:
        raise ShapeError(f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(text)}")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ShapeError("Invalid Base64 character detected") from error


def write_blob(value: bytes | bytearray | str) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()
