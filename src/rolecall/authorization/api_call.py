"""An API call as authorization sees it: what was asked, by whom, from where; and the ports to look things up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from rolecall.authorization.caller import Caller
from rolecall.authorization.facts import Entities, Facts
from rolecall.decision.world import World


class ApiCall(Struct, frozen=True, kw_only=True):
    """One parsed call.

    service: as botocore spells it. parameters: typed by botocore's model. account: the caller's. called_via:
    service principals that forwarded the call with the caller's credentials, first one first. source: the
    resource (ARN, account) on whose behalf a service principal calls. token_keys: condition keys that a verified
    token or one-time code gives; names without a prefix only say which rows apply ($auth). found: what a
    service found of the request's surroundings and of stored things before the decision, for paths that start at
    $ (S3).
    """

    service: str
    operation: str
    parameters: Mapping[str, object]
    caller: Caller
    account: str
    region: str
    now: datetime
    partition: str = "aws"
    source_ip: str | None = None
    user_agent: str = ""
    referer: str | None = None
    secure: bool = False
    called_via: tuple[str, ...] = ()
    source: tuple[str, str] | None = None
    token_keys: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    found: Mapping[str, object] = field(default_factory=dict)


class Ports(Struct, frozen=True):
    """What authorization may ask. None of them raises."""

    facts: Facts
    entities: Entities
    world: World
