"""IAM: users, groups, roles, policies, access keys; what the server knows of principals (`world`, `authenticate`).

`OPERATIONS` says what is served, by botocore's names. Each module brings its own part of the table.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.iam import (
    access_advice,
    access_keys,
    account,
    attachments,
    authorization_details,
    boundaries,
    context_keys,
    credential_report,
    groups,
    inline_policies,
    instance_profiles,
    mfa_devices,
    oidc_providers,
    organization_features,
    organizations_access,
    outbound_federation,
    passwords,
    policies,
    roles,
    saml_providers,
    server_certificates,
    service_credentials,
    service_linked,
    signing_certificates,
    simulation,
    ssh_keys,
    tags,
    unserved,
    users,
)
from rolecall.services.iam.authenticate import may_not_call


def _for_those_who_may(name: str, operation: Operation) -> Operation:
    """Refuse temporary credentials that IAM never serves, whoever calls the handler."""
    handler: Callable[..., Mapping[str, Any]] = operation.handler

    def guarded(call: Call, unit: Any) -> Mapping[str, Any]:
        refusal = may_not_call(call.caller, "iam", name)
        if refusal is not None:
            raise refusal
        return handler(call, unit)

    return Operation(handler=guarded, writes=operation.writes)


OPERATIONS: Final[Mapping[str, Operation]] = {
    name: _for_those_who_may(name, operation)
    for part in (
        users,
        groups,
        roles,
        saml_providers,
        policies,
        inline_policies,
        attachments,
        boundaries,
        tags,
        access_keys,
        instance_profiles,
        mfa_devices,
        oidc_providers,
        passwords,
        service_linked,
        account,
        authorization_details,
        context_keys,
        simulation,
        ssh_keys,
        signing_certificates,
        server_certificates,
        service_credentials,
        credential_report,
        access_advice,
        organization_features,
        organizations_access,
        outbound_federation,
        unserved,
    )
    for name, operation in part.OPERATIONS.items()
}
