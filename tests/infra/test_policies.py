"""Every policy of every example: known to IAM, closed to strangers, and exactly what its holder is for."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support import policy_uses_storage
from tests.support.policies import ACCOUNT, HERE, Policy, grants_of, plain_templates, policies_of
from tests.support.policy_linting import linted
from tests.support.policy_mutations import mutants_of
from tests.support.policy_uses import WITHOUT_SOURCE, Uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.example_apps import ExampleApp
    from tests.support.policy_mutations import Mutant
    from tests.support.policy_uses import Expected

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("example-apps")]

LEAST_SCORE = 0.95
ENCRYPTION_CONTEXT = ("kms:EncryptionContext:aws:logs:arn",)
"""What CloudWatch Logs sends to a key instead. Source: CloudWatch Logs user guide, encrypt-log-data-kms."""
BY_THIS_ACCOUNT = json.dumps(policy_uses_storage.BY_THIS_ACCOUNT)


@pytest.fixture(scope="module")
def checked(example_apps: dict[str, ExampleApp]) -> dict[str, CheckedApp]:
    return {name: CheckedApp(example) for name, example in example_apps.items()}


class CheckedApp:
    """The policies of one app, and what checks find in them."""

    def __init__(self, example: ExampleApp) -> None:
        self.templates = plain_templates(example.templates)
        self.policies = policies_of(self.templates)
        self.expected: Expected = Uses(self.templates, example.plan).collect()

    def unlike_uses(self, instead: Policy | None = None) -> list[str]:
        """Grants that are missing or unused; with one policy in another form if wanted."""
        found: Expected = {}
        for policy in self.policies:
            now = instead if instead is not None and _is_form_of(instead, policy) else policy
            found.setdefault((now.kind, now.holder), set()).update(grants_of(now.statements))
        return [
            f"{what} for {kind} {holder}: {grant}"
            for kind, holder in sorted({*found, *self.expected})
            for what, grants in (
                ("missing", self.expected.get((kind, holder), set()) - found.get((kind, holder), set())),
                ("unused", found.get((kind, holder), set()) - self.expected.get((kind, holder), set())),
            )
            for grant in sorted(grants)
        ]

    def catches(self, mutant: Mutant) -> str:
        """Name of the first check that a worse policy fails; empty for none."""
        if any(unguarded_services(mutant.policy)):
            return "sources"
        if self.unlike_uses(mutant.policy):
            return "uses"
        return "parliament" if linted(mutant.policy) else ""


def _is_form_of(mutant: Policy, policy: Policy) -> bool:
    return (mutant.place, mutant.kind, mutant.holder) == (policy.place, policy.kind, policy.holder)


def unguarded_services(policy: Policy) -> Iterator[str]:
    """Statements that let a service in without saying for whose resources."""
    for grant in grants_of(policy.statements):
        kind, _, service = grant.principal.partition(":")
        documented = (policy.kind == "trust" and service in WITHOUT_SOURCE) or "EncryptionContext" in grant.condition
        if grant.effect == "Allow" and kind == "Service" and not documented:
            keys = ENCRYPTION_CONTEXT if service.startswith("logs.") else ("aws:SourceAccount", "aws:SourceArn")
            for key in keys:
                if key not in grant.condition or f'"{key}": "*"' in grant.condition:
                    yield f"{policy.place}: {service} without {key}"


def without_emptying(policy: Policy) -> Policy:
    """The CDK's helper that empties buckets has wildcards; only buckets that go with their stack let it in."""
    statements = (part for part in policy.statements if "S3AutoDelete" not in str(part.get("Principal")))
    return replace(policy, statements=tuple(statements))


def of_private_api(policy: Policy) -> Policy:
    """With the ARN that API Gateway makes of its own abbreviation. Source: API Gateway guide, resource policies."""
    whole = f"arn:aws:execute-api:{HERE}:api/*"
    statements = (
        {**part, "Resource": whole} if part.get("Resource") == "execute-api:/*" else part for part in policy.statements
    )
    return replace(policy, statements=tuple(statements))


def test_parliament_finds_nothing(checked: dict[str, CheckedApp]) -> None:
    policies = [of_private_api(without_emptying(policy)) for app in checked.values() for policy in app.policies]
    assert [finding for policy in policies for finding in linted(policy)] == []


def test_parliament_would_find_an_action_on_a_resource_that_it_does_not_know() -> None:
    statement = {"Effect": "Allow", "Action": "personalize:GetRecommendations", "Resource": "arn:aws:s3:::bucket"}
    (finding,) = linted(Policy("identity", "role", "stack/Policy", (statement,)))
    assert finding.startswith("stack/Policy: RESOURCE_MISMATCH")


def test_every_service_is_let_in_for_this_accounts_resources_only(checked: dict[str, CheckedApp]) -> None:
    assert [found for app in checked.values() for policy in app.policies for found in unguarded_services(policy)] == []


def test_every_lambda_permission_names_the_caller_within_this_account(checked: dict[str, CheckedApp]) -> None:
    permissions = [
        resource["Properties"]
        for app in checked.values()
        for template in app.templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Permission"
    ]
    assert len(permissions) > 5
    assert [found for found in permissions if not found["SourceArn"].startswith(f"arn:aws:execute-api:{HERE}:")] == []


def test_nobody_but_this_account_services_and_our_own_network_is_allowed_anything(
    checked: dict[str, CheckedApp],
) -> None:
    principals = {
        grant.principal
        for app in checked.values()
        for policy in app.policies
        for grant in grants_of(policy.statements)
        if grant.effect == "Allow" and grant.principal.startswith("AWS:") and grant.condition != BY_THIS_ACCOUNT
        if "aws:SourceVpce" not in grant.condition
    }
    assert {principal for principal in principals if not principal.startswith(f"AWS:{ACCOUNT}:")} == set()


def test_every_policy_grants_exactly_what_its_holder_is_for(checked: dict[str, CheckedApp]) -> None:
    assert {name: app.unlike_uses() for name, app in checked.items()} == {name: [] for name in checked}


def test_a_policy_made_worse_is_caught(checked: dict[str, CheckedApp]) -> None:
    app = checked["everything dev"]
    mutants = [mutant for policy in app.policies for mutant in mutants_of(policy)]
    caught = [(mutant.change, app.catches(mutant)) for mutant in mutants]
    survivors = [change for change, check in caught if check == ""]
    score = 1 - len(survivors) / len(mutants)
    by_check = dict(Counter(check for _, check in caught))
    sys.stdout.write(f"{len(mutants)} mutants, {score:.1%} caught; by check: {by_check}\n")  # seen with -s
    assert len(mutants) > 1_000
    assert score >= LEAST_SCORE, "\n".join(survivors)
