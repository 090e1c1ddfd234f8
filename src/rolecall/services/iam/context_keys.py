"""Which condition keys do policies speak of? GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy.

Keys of conditions and of policy variables, as they are written first, each once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.policy.document import PolicyType
from rolecall.services.call import Call, Operation
from rolecall.services.iam.simulated_policies import attached_policies, read_inputs, source_entity
from rolecall.services.iam.statement_keys import keys_of
from rolecall.store.ports import Reader


def get_context_keys_for_custom_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    inputs = read_inputs(call, "PolicyInputList", PolicyType.IDENTITY)
    return {"ContextKeyNames": list(keys_of(policy.document for policy in inputs))}


def get_context_keys_for_principal_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    """A user's policies and those of its groups; a group's; a role's; and what is given besides."""
    entity = source_entity(call, reader)
    own = [each.policy for each in attached_policies(entity, reader)]
    inputs = read_inputs(call, "PolicyInputList", PolicyType.IDENTITY)
    return {"ContextKeyNames": list(keys_of(policy.document for policy in (*own, *inputs)))}


OPERATIONS: Final = {
    "GetContextKeysForCustomPolicy": Operation(handler=get_context_keys_for_custom_policy, writes=False),
    "GetContextKeysForPrincipalPolicy": Operation(handler=get_context_keys_for_principal_policy, writes=False),
}
