"""Are address ranges such as a request can come from?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.edits import rewrite
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.rules.condition_values import conditions
from rolecall.policy.operators import Family, Network, parse_network

# RFC 1918, and the same for IPv6 (RFC 4193): never the address of a request that reached AWS's public endpoints.
PRIVATE: Final = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


def is_private(network: Network) -> bool:
    return any(
        network.version == each.version and network.subnet_of(each)  # type: ignore[arg-type]
        for each in PRIVATE
    )


def ranges(look: Look) -> Iterator[Finding]:
    """Private ranges under aws:SourceIp, and bits behind the mask."""
    for _, condition in conditions(look):
        assert condition.operator is not None
        if condition.operator.base.family is not Family.IP:
            continue
        read = [(parse_network(value.text, mapped_is_ipv4=False), value) for value in condition.values]
        networks = [network for network, _ in read if network is not None]
        if condition.folded == "aws:sourceip" and networks and len(networks) == len(read):
            private = [network for network in networks if is_private(network)]
            negated = "NOT_" if condition.operator.base.negated else ""
            if private:
                subset = "" if len(private) == len(networks) else "_SUBSET"
                yield look.finding(f"PRIVATE_{negated}IP_ADDRESS{subset}", condition.place)
        for network, value in read:
            if network is None or "/" not in value.text:
                continue
            address = value.text.partition("/")[0]
            if ipaddress.ip_address(address) != network.network_address:
                fix = Fix(f"write {network}", (rewrite(value.place, str(network)),))
                yield look.finding("IMPROVE_IP_RANGE", value.place, {"addr": str(network)}, fix=fix)


RULES: Final = (ranges,)
