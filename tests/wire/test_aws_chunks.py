"""aws-chunked bodies: AWS's own example, botocore's form, and everything that is not quite one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.wire.aws_chunks import SIGNED, UNSIGNED_TRAILER, ChunkDecoder, Signing
from rolecall.wire.errors import AwsError
from rolecall.wire.sigv4.keys import signing_key

# Amazon S3 API Reference, "Transferring Payload in Multiple Chunks": its keys, date and signatures.
SIGNING = Signing(
    key=signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1", "s3"),
    timestamp="20130524T000000Z",
    scope="20130524/us-east-1/s3/aws4_request",
    seed="4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
)
SIGNATURES = (
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
EXAMPLE = b"".join(
    f"{size:x};chunk-signature={signature}\r\n".encode() + b"a" * size + b"\r\n"
    for size, signature in zip((65536, 1024, 0), SIGNATURES, strict=True)
)
# As botocore sends "hello" over TLS.
HELLO = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
CRC32 = ("x-amz-checksum-crc32",)


def decoded(decoder: ChunkDecoder, body: bytes, size: int = 1 << 20) -> bytes:
    payload = b""
    for start in range(0, len(body), size):
        payload += b"".join(decoder.feed(body[start : start + size]))
    decoder.finish()
    return payload


@pytest.mark.parametrize("size", [1 << 20, 4096, 7])
def test_the_documented_example_is_accepted_however_it_arrives(size: int) -> None:
    assert len(EXAMPLE) == 66_824
    assert decoded(ChunkDecoder(SIGNED, SIGNING, length=66_560), EXAMPLE, size) == b"a" * 66_560


@pytest.mark.parametrize("place", [80, 70_00, 65_700, 66_700, 66_800])
def test_a_changed_byte_is_noticed(place: int) -> None:
    body = bytearray(EXAMPLE)
    body[place] ^= 1
    with pytest.raises(AwsError):
        decoded(ChunkDecoder(SIGNED, SIGNING), bytes(body))


def test_a_body_that_ends_early_is_incomplete() -> None:
    with pytest.raises(AwsError) as refused:
        decoded(ChunkDecoder(SIGNED, SIGNING, length=66_560), EXAMPLE[:-90])
    assert refused.value.code == "IncompleteBody"


@given(st.integers(min_value=1, max_value=len(HELLO)))
def test_trailers_come_with_the_last_byte(size: int) -> None:
    decoder = ChunkDecoder(UNSIGNED_TRAILER, None, CRC32, 5)
    assert decoded(decoder, HELLO, size) == b"hello"
    assert decoder.trailers == {"x-amz-checksum-crc32": "NhCmhg=="}


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.integers(min_value=1, max_value=50))
def test_any_pieces_give_their_payload(pieces: list[bytes], size: int) -> None:
    body = b"".join(f"{len(piece):X}".encode() + b"\r\n" + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"
    assert decoded(ChunkDecoder(UNSIGNED_TRAILER, None), body, size) == b"".join(pieces)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", "MalformedTrailerError"),
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-sha1:x\r\n\r\n", "MalformedTrailerError"),
        (b"5\r\nhello\r\n0\r\nno trailer\r\n\r\n", "MalformedTrailerError"),
        (b"5\r\nhello", "IncompleteBody"),
        (b"4\r\nhell\r\n0\r\nx-amz-checksum-crc32:x\r\n\r\n", "IncompleteBody"),
        (b"6\r\nhello!\r\n0\r\nx-amz-checksum-crc32:x\r\n\r\n", "IncompleteBody"),
        (b"4\r\nhello\r\n0\r\n\r\n", "InvalidRequest"),
        (b"-5\r\nhello\r\n", "InvalidRequest"),
        (b"five\r\n", "InvalidRequest"),
        (b"5" * 5000, "InvalidRequest"),
        (HELLO + b"more", "InvalidRequest"),
    ],
)
def test_what_is_no_such_body_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(AwsError) as refused:
        decoded(ChunkDecoder(UNSIGNED_TRAILER, None, CRC32, 5), body)
    assert refused.value.code == code


@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_an_error(body: bytes) -> None:
    try:
        payload = decoded(ChunkDecoder(UNSIGNED_TRAILER, None), body)
    except AwsError:
        return
    assert len(payload) < len(body)


def test_signed_pieces_need_their_signatures() -> None:
    with pytest.raises(AwsError) as refused:
        decoded(ChunkDecoder(SIGNED, SIGNING), b"5\r\nhello\r\n0\r\n\r\n")
    assert refused.value.code == "SignatureDoesNotMatch"
