"""State machines, the functions that only they call, their schedules, and what starts them on deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicies
from aws_cdk import aws_kms as kms
from constructs import Construct

from tastemaker.constructs.arrivals import Arrivals
from tastemaker.constructs.deploy_trigger import DeployTrigger
from tastemaker.constructs.feature_flags import set_feature_flags
from tastemaker.constructs.function import Function, Workshop
from tastemaker.constructs.held_releases import HeldReleases
from tastemaker.constructs.machine import Machine
from tastemaker.constructs.outcomes import Outcomes
from tastemaker.constructs.preparation import Preparation
from tastemaker.constructs.schedules import Schedules
from tastemaker.constructs.token_values import build_token_values

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

    from tastemaker.constructs.network import NetworkReferences
    from tastemaker.constructs.token_values import DataReferences
    from tastemaker.plan.specs import Plan


class Workflow(Construct):
    """Everything that trains and releases.

    Args:
        network: where the functions run; None for no VPC.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: Plan,
        data: DataReferences,
        code: lambda_.Code,
        network: NetworkReferences | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        set_feature_flags(self)
        self._plan, self._values = plan, build_token_values(plan, data)
        self._key = kms.Key.from_key_arn(self, "DataKey", data.key_arn)
        outcomes = Outcomes(self, "Outcomes", prefix=plan.prefix, key=self._key, emails=plan.emails)
        if plan.budget_usd is not None:
            outcomes.allow_budgets()
        if plan.preparation is not None:
            Preparation(self, "Preparation", spec=plan.preparation, data=data)
        shared = Workshop(plan.prefix, self._values, code, self._key, network, plan.deploy.api.reserved_concurrency)
        self._machines = self._add_machines()
        self._functions = [
            Function(self, f"{spec.name}-function", spec=spec, shared=shared)
            for spec in plan.functions
            if spec.name not in plan.serving
        ]
        if "release" in self._machines:
            HeldReleases(self, "HeldReleases", plan=plan, log_group=self._machines["release"].log_group)
        self._add_starters()
        self._add_triggers()

    def _add_machines(self) -> dict[str, Machine]:
        return {
            spec.name: Machine(
                self, f"{spec.name}-machine", spec=spec, prefix=self._plan.prefix, values=self._values, key=self._key
            )
            for spec in self._plan.machines
        }

    def _add_starters(self) -> None:
        plan = self._plan
        if plan.schedules:
            Schedules(self, "Schedules", schedules=plan.schedules, name=plan.prefix, values=self._values)
        if plan.arrivals:
            Arrivals(self, "Arrivals", arrivals=plan.arrivals, prefix=plan.prefix, values=self._values)

    def _add_triggers(self) -> None:
        """ARNs in the plan are built from names, so what `ensure` needs has to be named as a dependency here."""
        machines = self._machines
        trigger = DeployTrigger(self, "DeployTrigger", plan=self._plan, values=self._values, key=self._key)
        started = []
        if "ensure" in machines:
            started.append(trigger.start_on_deploy(machines["ensure"].machine.state_machine_arn))
        if "teardown" in machines:
            started.append(trigger.start_on_delete(machines["teardown"].machine.state_machine_arn))
            # The execution outlives the stack's deletion: so must the rights it runs with.
            RemovalPolicies.of(machines["teardown"].role).retain()
        for resource in started:
            resource.node.add_dependency(
                *(machine.machine for machine in machines.values()),
                *(function.function for function in self._functions),
            )
