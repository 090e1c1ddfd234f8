"""Signature Version 4, the server's side: who signed this request, and is the signature right?

`read_signature` finds the signature and makes every check that needs no secret, in AWS's order. The caller then
looks up the access key (and the session token), and `verify` compares. Codes and texts: wire/errors.py.
"""

from rolecall.wire.sigv4.canonical import canonical_request, string_to_sign
from rolecall.wire.sigv4.signature import Signature, read_signature
from rolecall.wire.sigv4.verify import verify

__all__ = ["Signature", "canonical_request", "read_signature", "string_to_sign", "verify"]
