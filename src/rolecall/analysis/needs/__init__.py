"""What does this exact API call need? Of the caller, and later of the execution role that it names.

    from rolecall.analysis.needs import needs_of
    found = needs_of("sagemaker", "CreateTrainingJob", parameters, account="123456789012")

`checks` are the decisions that the server would make, by the same rows; `beside` what AWS documents for other
services; `roles` what SageMaker does later under the roles that are passed. `least_policy` makes a policy of it
and `test_file` a policy test.
"""

from rolecall.analysis.needs.finding import Need, Needs, RoleNeeds, needs_of
from rolecall.analysis.needs.lacking import lacking
from rolecall.analysis.needs.policy import least_policy, role_policy
from rolecall.analysis.needs.policy_test import test_file

__all__ = ["Need", "Needs", "RoleNeeds", "lacking", "least_policy", "needs_of", "role_policy", "test_file"]
