"""The functions that answer requests and the REST API in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput
from aws_cdk import aws_kms as kms
from constructs import Construct

from tastemaker.constructs.custom_domain import CustomDomain, PrivateDomain
from tastemaker.constructs.data import removal_policy_of
from tastemaker.constructs.event_queue import EventQueue
from tastemaker.constructs.experiment_table import ExperimentTable
from tastemaker.constructs.feature_flags import set_feature_flags
from tastemaker.constructs.firewall import Firewall
from tastemaker.constructs.function import Function, Workshop
from tastemaker.constructs.rest_api import ApiKeys, RestApi
from tastemaker.constructs.rollout import Rollout
from tastemaker.constructs.token_values import build_token_values
from tastemaker.errors import TastemakerError
from tastemaker.plan.tokens import TOPIC_ARN, pascal_case, resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_lambda as lambda_

    from tastemaker.constructs.network import NetworkReferences
    from tastemaker.constructs.token_values import DataReferences
    from tastemaker.plan.specs import Plan


class Serving(Construct):
    """Everything that answers.

    Args:
        document: OpenAPI document of the plan's routes, tokens unresolved.
        network: where the functions run; None for no VPC.

    Raises:
        TastemakerError: the plan's API is private, and there is no network.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: Plan,
        data: DataReferences,
        code: lambda_.Code,
        document: dict[str, Any],
        network: NetworkReferences | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        set_feature_flags(self)
        self._plan, self._network = plan, network
        self._key = kms.Key.from_key_arn(self, "DataKey", data.key_arn)
        self._api_keys = ApiKeys(self, "ApiKeys", name=plan.prefix, clients=plan.clients)
        queues = self._add_queues()
        values = {**build_token_values(plan, data), **self._api_keys.values}
        for queue in queues.values():
            values |= queue.values
        if plan.experiment_table is not None:
            ExperimentTable(
                self,
                "ExperimentTable",
                spec=plan.experiment_table,
                prefix=plan.prefix,
                removal_policy=removal_policy_of(plan),
            )
        functions = self._add_functions(values, code)
        for consumer, queue in queues.items():
            queue.feed(functions[consumer])
        self.api = self._add_api(resolve_tokens(document, values))
        self._allow_invoke(functions, resolve_tokens(TOPIC_ARN, values))
        self._guard()
        self._tell()

    def _add_queues(self) -> dict[str, EventQueue]:
        """By the name of the function that takes their messages."""
        prefix, policy = self._plan.prefix, removal_policy_of(self._plan)
        return {
            spec.consumer: EventQueue(self, spec.tokens.name, spec=spec, prefix=prefix, removal_policy=policy)
            for spec in self._plan.queues
        }

    def _add_functions(self, values: Mapping[str, str], code: lambda_.Code) -> dict[str, lambda_.Function]:
        plan = self._plan
        shared = Workshop(plan.prefix, values, code, self._key, self._network, plan.deploy.api.reserved_concurrency)
        return {
            spec.name: Function(self, spec.name, spec=spec, shared=shared).function
            for spec in plan.functions
            if spec.name in plan.serving
        }

    def _add_api(self, document: dict[str, Any]) -> RestApi:
        return RestApi(
            self,
            "RestApi",
            name=self._plan.prefix,
            document=document,
            stage_name=self._plan.environment,
            api_keys=self._api_keys,
            key=self._key,
            endpoint=self._endpoint(),
        )

    def _endpoint(self) -> ec2.IInterfaceVpcEndpoint | None:
        if not self._plan.deploy.api.private:
            return None
        if self._network is None:
            message = "A private API is reached through a network: give `network=Network(…).references` to `Serving`."
            raise TastemakerError(message)
        return self._network.api_endpoint

    def _allow_invoke(self, functions: Mapping[str, lambda_.Function], topic_arn: str) -> None:
        plan = self._plan
        answering = {name: function for name, function in functions.items() if name in plan.aliased}
        invoked: dict[str, lambda_.IFunction] = {**functions}
        if answering:
            warm = {route.function for route in plan.routes if "owner" in route.settings}
            rollout = Rollout(
                self,
                "Rollout",
                name=plan.prefix,
                api=plan.deploy.api,
                functions=answering,
                warm=warm,
                topic_arn=topic_arn,
            )
            invoked |= rollout.aliases
        for name, function in invoked.items():
            self.api.allow_invoke(function, [route for route in plan.routes if route.function == name])

    def _guard(self) -> None:
        settings = self._plan.deploy.api
        if settings.firewall is not None:
            Firewall(
                self,
                "Firewall",
                name=self._plan.prefix,
                stage_arn=self.api.api.deployment_stage.stage_arn,
                requests_per_five_minutes=settings.firewall.requests_per_five_minutes,
                key=self._key,
            )
        endpoint = self._endpoint()
        if settings.domain is not None and endpoint is not None:
            PrivateDomain(self, "Domain", domain=settings.domain, api=self.api.api, endpoint=endpoint)
        elif settings.domain is not None:
            CustomDomain(self, "Domain", domain=settings.domain, api=self.api.api)

    def _tell(self) -> None:
        CfnOutput(self, "Url", value=self.api.api.url, description="Base URL of the API")
        for client, key_id in self._api_keys.ids.items():
            output = f"{pascal_case(client)}ApiKeyId"
            CfnOutput(self, output, value=key_id, description="aws apigateway get-api-key --include-value")
