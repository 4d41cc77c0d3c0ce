"""parliament, the linter of IAM policies, as a function from policy to findings."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

from tests.support.policies import ACCOUNT, HERE

if TYPE_CHECKING:
    from tests.support.policies import Policy, Statement

ACCEPTED = {
    "Unknown condition s3:TlsVersion": "a Deny of s3:* has actions that do not know the key; for them it says nothing",
    "'kms:ConnectCustomKeyStore'": "the account's own statement allows kms:*, which has actions on aliases and stores",
    "Unknown condition lambda:SourceFunctionArn": "it comes with the credentials of a function, for any action",
    "arn:*:states:*:*:express:": "parliament wants every resource type of DescribeExecution, which takes one of them",
    "['ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface'": "Lambda asks for * before it makes a function's "
    "network interfaces (Lambda guide, configuration-vpc)",
    "'s3:ListAccessGrants'": "the CDK's role that empties a bucket before it is deleted has s3:List*",
    "does allow s3:PutBucketPolicy": "the same role: it keeps writers out of a bucket that it empties",
}
"""Part of a finding to the reason why it is none."""


STAR = "RESOURCE_STAR"
"""Of an endpoint's policy: it grants nothing, but says who may come through."""


def linted(policy: Policy) -> list[str]:
    """What parliament finds, with the policy's place in front."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports pkg_resources
        from parliament import analyze_policy_string
    document = {"Version": "2012-10-17", "Statement": [_explicit(policy, part) for part in policy.statements]}
    analyzed = analyze_policy_string(json.dumps(document), ignore_private_auditors=True)
    found = [finding for finding in analyzed.findings if not (policy.is_of_endpoint and finding.issue == STAR)]
    findings = [f"{policy.place}: {finding.issue} {finding.detail}" for finding in found]
    return [finding for finding in findings if not any(part in finding for part in ACCEPTED)]


def _explicit(policy: Policy, statement: Statement) -> dict[str, Any]:
    """The statement as parliament can read it: numbers whole, and the resource named that the policy itself means."""
    shown = json.loads(json.dumps(statement), parse_float=lambda number: number.partition(".")[0])
    if policy.kind == "trust":
        shown["Resource"] = f"{ACCOUNT}:role/{policy.holder}"
    elif policy.is_of_key:
        shown["Resource"] = f"arn:aws:kms:{HERE}:key/{policy.holder}"
    return dict(shown)
