"""State machines, the functions that only they call, their schedules, and what starts them on deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicies, Stack

from tastemaker.constructs.deploy_trigger import DeployTrigger
from tastemaker.constructs.function import Function
from tastemaker.constructs.machine import Machine
from tastemaker.constructs.outcomes import Outcomes
from tastemaker.constructs.schedules import Schedules
from tastemaker.constructs.token_values import build_token_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct

    from tastemaker.constructs.token_values import DataReferences
    from tastemaker.plan.specs import Plan


class WorkflowStack(Stack):
    def __init__(
        self, scope: Construct, construct_id: str, *, plan: Plan, data: DataReferences, code: lambda_.Code
    ) -> None:
        self._plan, self._prefix = plan, plan.prefix
        super().__init__(scope, construct_id, description=f"Tastemaker {self._prefix}: workflows")
        values = build_token_values(plan, data)
        Outcomes(self, "Outcomes", prefix=self._prefix, key_arn=data.key_arn, emails=plan.emails)
        machines = {
            spec.name: Machine(self, f"{spec.name}-machine", spec=spec, prefix=self._prefix, values=values)
            for spec in plan.machines
        }
        functions = self._add_functions(values, code)
        if plan.schedules:
            Schedules(self, "Schedules", schedules=plan.schedules, prefix=self._prefix, values=values)
        self._add_triggers(machines, functions, values)

    def _add_functions(self, values: Mapping[str, str], code: lambda_.Code) -> list[Function]:
        return [
            Function(self, f"{spec.name}-function", spec=spec, prefix=self._prefix, values=values, code=code)
            for spec in self._plan.functions
            if spec.name not in self._plan.serving
        ]

    def _add_triggers(
        self, machines: Mapping[str, Machine], functions: list[Function], values: Mapping[str, str]
    ) -> None:
        """ARNs in the plan are built from names, so what `ensure` needs has to be named as a dependency here."""
        trigger = DeployTrigger(
            self, "DeployTrigger", prefix=self._prefix, resources=self._plan.resources, values=values
        )
        started = []
        if "ensure" in machines:
            started.append(trigger.start_on_deploy(machines["ensure"].machine.state_machine_arn))
        if "teardown" in machines:
            started.append(trigger.start_on_delete(machines["teardown"].machine.state_machine_arn))
            # The execution outlives the stack's deletion: so must the rights it runs with.
            RemovalPolicies.of(machines["teardown"].role).retain()
        for resource in started:
            resource.node.add_dependency(
                *(machine.machine for machine in machines.values()), *(function.function for function in functions)
            )
