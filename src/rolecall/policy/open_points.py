"""Every point where AWS is silent or contradicts itself, and what rolecall does there (SEMANTICS 12).

Each row says the choice, the reason, where the question comes from and the case that shows it. A row with a switch
names the field of `Choices` that turns it the other way. Choices are a value handed to the evaluator; there is no
setting anywhere else.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Choices(Struct, frozen=True):
    """The switches. True is rolecall's choice, False is the other reading."""

    plain_operator_needs_one_value: bool = True
    any_value_if_exists_holds_when_absent: bool = True
    all_empty_strings_are_a_null_set: bool = True
    exact_case_tag_wins: bool = True
    bool_takes_variables: bool = True
    short_arn_in_condition_is_unequal: bool = True
    arn_condition_takes_variables_in_any_part: bool = True
    not_principal_needs_the_whole_chain: bool = True
    short_resource_arn_is_padded: bool = True
    missing_scp_allow_is_implicit: bool = True
    star_request_is_outside_not_resource: bool = True
    invalid_operand_never_matches: bool = True
    guardrails_are_named_first: bool = True
    session_policies_are_united: bool = True
    operator_names_ignore_case: bool = True
    mapped_ipv6_is_ipv4: bool = True
    epoch_wins_over_year: bool = True
    deny_on_user_reaches_federated_sessions: bool = True


OURS: Final = Choices()


class OpenPoint(Struct, frozen=True):
    """One row. case: name of the case under tests/cases/open-points that shows the choice; with a switch, the
    same case comes out differently when the switch is turned."""

    id: str
    question: str
    choice: str
    alternative: str
    reason: str
    source: str
    case: str
    switch: str | None = None


OPEN_POINTS: Final[tuple[OpenPoint, ...]] = (
    OpenPoint(
        id="plain-operator-on-many-values",
        question="A condition without a set operator meets a key that has several values in the request.",
        choice="No match, for positive, negated and IfExists operators alike.",
        alternative="Match when any value does.",
        reason="Multivalued keys need a set operator; AWS staff confirmed the outcome (session IAM431).",
        source="SEMANTICS 4.3; Single-valued vs. multivalued context keys",
        case="plain operator on several values does not match",
        switch="plain_operator_needs_one_value",
    ),
    OpenPoint(
        id="any-value-if-exists-absent",
        question="ForAnyValue with IfExists, and the key is absent.",
        choice="Holds.",
        alternative="Does not hold, as ForAnyValue without IfExists.",
        reason="The text of IfExists is unconditional: an absent key makes the element true.",
        source="SEMANTICS 4.2; Condition operators, IfExists",
        case="ForAnyValue with IfExists holds when the key is absent",
        switch="any_value_if_exists_holds_when_absent",
    ),
    OpenPoint(
        id="empty-strings-as-null-set",
        question="ForAllValues meets a set whose members are all empty strings.",
        choice="Holds; every other operator, Null too, sees a value that is there.",
        alternative="An empty string is a value like any other.",
        reason='The page counts "an empty string" among null sets for ForAllValues only.',
        source="SEMANTICS 4.4, 4.12; Multivalued context keys",
        case="ForAllValues holds for a set of empty strings",
        switch="all_empty_strings_are_a_null_set",
    ),
    OpenPoint(
        id="tags-differing-by-case",
        question="A resource has two tags whose keys differ only by case.",
        choice="The tag spelled as the policy spells it is used; without one, the first stored.",
        alternative="Always the first stored.",
        reason='AWS says only that "only one value matches"; this is the least surprising one.',
        source="SEMANTICS 4.1; Condition element",
        case="the tag of the exact spelling is the one compared",
        switch="exact_case_tag_wins",
    ),
    OpenPoint(
        id="variables-in-bool",
        question="A policy variable stands in the value of a Bool condition.",
        choice="It is put in.",
        alternative="It is literal text, so the value is no Boolean.",
        reason="Two pages contradict each other; the page of the operator is followed.",
        source="SEMANTICS 4.8; Condition operators against Policy variables",
        case="a variable in a Bool value is put in",
        switch="bool_takes_variables",
    ),
    OpenPoint(
        id="short-arn-in-condition",
        question="An ARN operator meets a policy value with fewer than six parts, `*` included.",
        choice="Equals nothing: the positive form fails, the negated holds.",
        alternative="Missing parts are taken as `*`.",
        reason="No page speaks of padding here, and an Allow must not be widened by a guess.",
        source="SEMANTICS 4.11",
        case="a lone star is no ARN to an ARN operator",
        switch="short_arn_in_condition_is_unequal",
    ),
    OpenPoint(
        id="variables-in-arn-condition",
        question="A variable stands before the fifth colon of an ARN condition value.",
        choice="It is put in, in any part; colons of its value count as colons.",
        alternative="Only after the fifth colon, as in Resource.",
        reason="The page allows variables with the ARN operators without limiting the place.",
        source="SEMANTICS 4.11, 5; Policy variables",
        case="a variable may stand in the account part of an ARN condition",
        switch="arn_condition_takes_variables_in_any_part",
    ),
    OpenPoint(
        id="not-principal-chain",
        question="Deny with NotPrincipal lists some but not all layers of the caller.",
        choice="Denied unless account, role and session (or account and user) are all listed.",
        alternative="One listed layer is enough to be exempt.",
        reason='AWS "might" test each layer in turn, depending on the service; denying is the safe reading.',
        source="SEMANTICS 6.3; NotPrincipal element",
        case="NotPrincipal with account and role but without the session denies",
        switch="not_principal_needs_the_whole_chain",
    ),
    OpenPoint(
        id="short-resource-arn",
        question="A Resource of an identity-type policy has fewer than six parts.",
        choice="Missing parts are taken as `*`.",
        alternative="It matches nothing.",
        reason="AWS's own error text prints the padded ARN.",
        source="SEMANTICS 3.7",
        case="a short ARN in an identity policy is padded",
        switch="short_resource_arn_is_padded",
    ),
    OpenPoint(
        id="missing-scp-allow",
        question="No service control policy of a level allows the action.",
        choice="implicit_deny.",
        alternative="explicit_deny, as the page on evaluation logic words it.",
        reason="Current messages tell the two apart.",
        source="SEMANTICS 7.2, 9.1",
        case="a level without an SCP allow is an implicit denial",
        switch="missing_scp_allow_is_implicit",
    ),
    OpenPoint(
        id="star-request-and-not-resource",
        question="An action without resources (request resource `*`) meets NotResource with ARNs.",
        choice="The statement applies, Allow and Deny: `*` is none of the listed ARNs.",
        alternative="The statement does not apply.",
        reason="The current page denies every resource that is not listed; it said otherwise until 2023.",
        source="SEMANTICS 3.8; NotResource element",
        case="Deny with NotResource reaches an action without resources",
        switch="star_request_is_outside_not_resource",
    ),
    OpenPoint(
        id="invalid-operands",
        question="A numeric or date operator meets something that is no number or no date.",
        choice="The condition does not hold, in its negated form either.",
        alternative="What cannot be read is unequal, so the negated form holds.",
        reason="An operand of no order cannot satisfy an ordered type.",
        source="SEMANTICS 4.6, 4.7",
        case="NumericNotEquals does not hold for what is no number",
        switch="invalid_operand_never_matches",
    ),
    OpenPoint(
        id="order-of-reasons",
        question="Several policy types deny; the message names one.",
        choice="Explicit before implicit; then SCP, RCP, endpoint, identity, boundary, session, resource.",
        alternative="Explicit denials in the order of the evaluation chart: RCP, SCP, resource, identity, …",
        reason="Agrees with what was observed: identity is named before a resource policy.",
        source="SEMANTICS 9.3",
        case="of two explicit denials the identity policy is named before the resource policy",
        switch="guardrails_are_named_first",
    ),
    OpenPoint(
        id="several-session-policies",
        question="A session was given several session policies.",
        choice="Their allows are united.",
        alternative="Every one of them must allow.",
        reason="Inline and managed session policies are described as one set.",
        source="SEMANTICS 7.1",
        case="one of two session policies is enough to allow",
        switch="session_policies_are_united",
    ),
    OpenPoint(
        id="operator-name-case",
        question="A condition operator is written in another case, such as `stringequals`.",
        choice="Evaluated; IAM refuses it on write.",
        alternative="An unknown operator: an Allow does not match, a Deny does.",
        reason="Documents of other services are not checked by IAM's writer.",
        source="SEMANTICS 1.2",
        case="an operator in lower case is evaluated",
        switch="operator_names_ignore_case",
    ),
    OpenPoint(
        id="mapped-ipv6",
        question="A request comes from an IPv4 address written in IPv6 (`::ffff:203.0.113.5`).",
        choice="It is the IPv4 address, in request and policy.",
        alternative="It is an IPv6 address, so no IPv4 range holds it.",
        reason="It is the same host, and a Deny for an address must not be evaded by spelling.",
        source="SEMANTICS 4.10",
        case="an IPv4-mapped IPv6 address is the IPv4 address",
        switch="mapped_ipv6_is_ipv4",
    ),
    OpenPoint(
        id="epoch-or-year",
        question="A date value is a bare number of four digits.",
        choice="Seconds since 1970: `2020` is half an hour into that year.",
        alternative="A year.",
        reason="IAM's own reader takes everything without `-` and `T` for epoch seconds.",
        source="SEMANTICS 4.7",
        case="a date of four digits is epoch seconds",
        switch="epoch_wins_over_year",
    ),
    OpenPoint(
        id="deny-on-user-and-federated-session",
        question="A resource policy denies an IAM user; the caller is a federated session which it issued.",
        choice="Denied.",
        alternative="Not denied.",
        reason="The documented rule for accounts and roles, carried over.",
        source="SEMANTICS 6.2",
        case="a Deny on a user reaches the federated sessions it issued",
        switch="deny_on_user_reaches_federated_sessions",
    ),
    OpenPoint(
        id="tag-values-and-case",
        question="Whether values of request and resource tags compare without case.",
        choice="As the operator says: StringEquals minds case.",
        alternative="Ignoring case, as one sentence of the global keys page reads.",
        reason="The page's example shows the key only.",
        source="SEMANTICS 4.1; AWS global condition context keys",
        case="tag values mind case under StringEquals",
    ),
    OpenPoint(
        id="one-value-of-a-multivalued-key",
        question="A condition without a set operator meets a multivalued key that has one value.",
        choice="That value is compared.",
        alternative="No match.",
        reason="The outcome that AWS's examples with a single tag key show.",
        source="SEMANTICS 4.3",
        case="a plain operator compares the only value of a multivalued key",
    ),
    OpenPoint(
        id="unterminated-variable",
        question="`${` without its brace, or a default that is not comma, blank, single quotes.",
        choice="Literal text.",
        alternative="The document is refused.",
        reason="IAM's writer takes such documents.",
        source="SEMANTICS 5",
        case="an unterminated variable is literal text",
    ),
    OpenPoint(
        id="substituted-text",
        question="The value put in for a variable holds `*`, `?` or `${`.",
        choice="Plain characters.",
        alternative="Wildcards and variables again.",
        reason="Otherwise whoever sets a tag would write policy.",
        source="SEMANTICS 5",
        case="a star in a tag value is no wildcard",
    ),
    OpenPoint(
        id="empty-value-and-default",
        question="A variable with a default, and the key is there with the empty string.",
        choice="The empty string is put in; an empty default is allowed.",
        alternative="The default is taken.",
        reason="The page gives the default to keys without a value, and this one has one.",
        source="SEMANTICS 5",
        case="a present empty value is put in, not the default",
    ),
    OpenPoint(
        id="missing-time-zone",
        question="A date and time without a zone designator.",
        choice="UTC.",
        alternative="No date.",
        reason="Every other time of AWS's is UTC.",
        source="SEMANTICS 4.7",
        case="a time without a zone is UTC",
    ),
    OpenPoint(
        id="day-that-the-month-lacks",
        question="A date names a day that its month does not have, such as 2023-02-29.",
        choice="The days are counted on: the first of March.",
        alternative="No date, so the condition does not hold.",
        reason="IAM stores it (every month may have 31 days), and a stored Deny must not fall silent.",
        source="SEMANTICS 1.2, 4.7",
        case="a Deny until a day that its month lacks holds",
    ),
    OpenPoint(
        id="host-bits",
        question="An address range whose address has host bits set.",
        choice="They are masked.",
        alternative="The value matches nothing.",
        reason="`203.0.113.7/24` can only mean its network.",
        source="SEMANTICS 4.10",
        case="host bits of a range are masked",
    ),
    OpenPoint(
        id="address-that-is-none",
        question="A request value under NotIpAddress is no address.",
        choice="It is in no range, so the negated form holds.",
        alternative="The condition does not hold.",
        reason="NotIpAddress guards Deny statements nearly always: what cannot be read is kept out.",
        source="SEMANTICS 4.10",
        case="what is no address is in no range",
    ),
    OpenPoint(
        id="wildcard-of-another-kind",
        question="A `*` in a Principal map under Service, Federated or CanonicalUser.",
        choice="Matches nobody.",
        alternative="Matches everybody of that kind.",
        reason="Only the AWS map is described with a wildcard.",
        source="SEMANTICS 6.1",
        case="a star under Service is no wildcard principal",
    ),
    OpenPoint(
        id="case-of-arn-parts",
        question="Partition, service or region of a Resource are written in capitals.",
        choice="Compared without case; account and resource parts mind it.",
        alternative="Compared with case.",
        reason="These names are lower case everywhere, so the only difference is a slip that would disarm a Deny.",
        source="SEMANTICS 3.6",
        case="the service part of a resource ignores case",
    ),
)
