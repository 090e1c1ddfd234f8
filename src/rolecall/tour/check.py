"""What is a check? One call by one principal, what AWS answers to it, and the document that says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field

ACCOUNT: Final = "123456789012"
OTHER_ACCOUNT: Final = "210987654321"
REGION: Final = "us-east-1"

Document = Mapping[str, Any]


class Do(Struct, frozen=True):
    """An API call as data: `Do("sagemaker", "create_model", {...})`, the operation in boto3's spelling.

    shown: the part of the parameters that a reader should look at; all of them when None.
    keep: name -> JMESPath into the answer. `<name>` in later calls and policies of the section stands for it.
    until: JMESPath -> value; where the scene is set, the call is repeated until the answer has it.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    shown: Mapping[str, Any] | None = None
    keep: Mapping[str, str] = field(default_factory=dict)
    until: Mapping[str, Any] = field(default_factory=dict)


class User(Struct, frozen=True, kw_only=True):
    """An IAM user, who signs with a long-term access key."""

    name: str
    policy: Document | None = None
    managed: Mapping[str, Document] = field(default_factory=dict)  # customer managed policies by name
    attached: tuple[str, ...] = ()  # ARNs of AWS managed policies
    boundary: tuple[str, Document] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    group: tuple[str, Document] | None = None
    account: str = ACCOUNT


class Session(Struct, frozen=True, kw_only=True):
    """A session of a role: temporary credentials from AssumeRole, taken by the tour's own user "concierge".

    studio: (domain id, user profile name) makes it a session that Studio opened for that user profile, whose
    execution role it is; its name is then "SageMaker".
    """

    role: str
    name: str = "tour"
    policy: Document | None = None
    attached: tuple[str, ...] = ()
    boundary: tuple[str, Document] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    trust: Document | None = None  # None: trusts the concierge
    session_policy: Document | None = None
    session_tags: Mapping[str, str] = field(default_factory=dict)
    source_identity: str | None = None
    studio: tuple[str, str] | None = None


class Root(Struct, frozen=True):
    """The account's root user."""


Who = User | Session | Root


class Allowed(Struct, frozen=True):
    """The call succeeds. members: JMESPath -> value that the answer must have."""

    members: Mapping[str, Any] = field(default_factory=dict)


class Denied(Struct, frozen=True):
    """The call is denied with AWS's exact sentence. on: the resource that the sentence names ("": none)."""

    action: str
    on: str
    because: str

    def message(self, caller: str) -> str:
        """AWS's sentence for this denial (IAM User Guide, "Troubleshoot access denied error messages")."""
        resource = f" on resource: {self.on}" if self.on else ""
        reason = f" {self.because.format(action=self.action)}" if self.because else ""
        return f"User: {caller} is not authorized to perform: {self.action}{resource}{reason}"


class Refused(Struct, frozen=True):
    """The call is answered with an error that is no denial."""

    code: str
    message: str


Outcome = Allowed | Denied | Refused

NO_IDENTITY: Final = "because no identity-based policy allows the {action} action"
NO_BOUNDARY: Final = "because no permissions boundary allows the {action} action"
NO_RESOURCE: Final = "because no resource-based policy allows the {action} action"
NO_SESSION: Final = "because no session policy allows the {action} action"
DENY_IDENTITY: Final = "with an explicit deny in an identity-based policy"
DENY_BOUNDARY: Final = "with an explicit deny in a permissions boundary"
DENY_SESSION: Final = "with an explicit deny in a session policy"
DENY_TRUST: Final = "with an explicit deny in the role trust policy"
NO_SCP: Final = "because no service control policy allows the {action} action"
DENY_SCP: Final = "with an explicit deny in a service control policy"
DENY_RCP: Final = "with an explicit deny in a resource control policy"
NO_REASON: Final = ""  # STS leaves the reason out when a role may not be assumed


class Check(Struct, frozen=True, kw_only=True):
    """One step of the tour. page: the sentence of the page that it shows, in our words. reference: where AWS
    says what the outcome is. before: calls of the root user that set the scene; after: that clear it."""

    title: str
    who: Who
    call: Do
    outcome: Outcome
    reference: str
    before: tuple[Do, ...] = ()
    after: tuple[Do, ...] = ()
    uses: tuple[str, ...] = ()  # the permissions that the step rests on; see sections/workday.py


class Section(Struct, frozen=True, kw_only=True):
    """A part of the page. name: what `--section` takes."""

    name: str
    title: str
    says: str  # what the page says here, in our words
    checks: tuple[Check, ...]
    before: tuple[Do, ...] = ()
    profile: str = "reference"


def sagemaker_arn(resource: str) -> str:
    """The ARN of a SageMaker resource of the tour: "training-job/demo" completed."""
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{resource}"


def iam_arn(resource: str, account: str = ACCOUNT) -> str:
    """The ARN of an IAM resource of the tour: "role/Execution" completed."""
    return f"arn:aws:iam::{account}:{resource}"
