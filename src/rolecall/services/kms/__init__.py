"""AWS KMS in the size that SageMaker work needs: symmetric keys, aliases, key policies, grants, encryption.

Asymmetric and HMAC keys, imported material, several regions and custom key stores are not served. Start reading at
preparation.py: it says which key a request is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.call import Operation
from rolecall.services.kms import aliases, encryption, grants, key_policies, keys, rotation, tags

OPERATIONS: Final[Mapping[str, Operation]] = {
    **aliases.OPERATIONS,
    **encryption.OPERATIONS,
    **grants.OPERATIONS,
    **key_policies.OPERATIONS,
    **keys.OPERATIONS,
    **rotation.OPERATIONS,
    **tags.OPERATIONS,
}
