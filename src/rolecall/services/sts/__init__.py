"""STS: temporary credentials for roles, users and federated people. Sessions are sealed into their tokens.

`OPERATIONS` says what is served, by botocore's names; `preparation` runs before authorization.
"""

from collections.abc import Mapping
from typing import Final

from rolecall.services.call import Operation
from rolecall.services.sts import (
    assume_role,
    assume_root,
    decode,
    identity,
    outbound_tokens,
    own_sessions,
    saml,
    web_identity,
)

OPERATIONS: Final[Mapping[str, Operation]] = {
    **identity.OPERATIONS,
    **decode.OPERATIONS,
    **assume_role.OPERATIONS,
    **assume_root.OPERATIONS,
    **own_sessions.OPERATIONS,
    **outbound_tokens.OPERATIONS,
    **web_identity.OPERATIONS,
    **saml.OPERATIONS,
}
