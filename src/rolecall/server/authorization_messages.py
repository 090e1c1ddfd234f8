"""The encoded authorization message of a denial: which services answer with one, and what is sealed into it."""

from __future__ import annotations

from typing import Final, Protocol

from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.request import Request
from rolecall.decision.result import Decision
from rolecall.exchange.authorization_message import decoded_message, pack

# Services whose denials carry the message (EC2 API Reference, "Error codes"); of all others it is to be had with
# `rolecall explain --encoded`.
CARRYING: Final = frozenset({"ec2"})


class Sealing(Protocol):
    """Who seals messages; see platform.ServerPlatform."""

    def seal_message(self, message: bytes) -> str: ...


def encoded_message(request: Request, policies: PoliciesInForce, decision: Decision, sealing: Sealing) -> str:
    """The sealed message of a decision, for the account of the principal."""
    return sealing.seal_message(pack(request.principal.account, decoded_message(request, policies, decision)))
