"""Settings of the deployment that need one another, or exclude one another."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_API = ("deploy", "api")


def _check_private(declaration: Declaration) -> Iterator[Violation]:
    deploy = declaration.project.deploy
    if deploy.api.private and deploy.network is None and not declaration.declares("deploy", "network"):
        hint = "Add `network: {}` under `deploy`, or make the API public."
        yield Violation((*_API, "private"), "a private API is reached through the project's network", hint)


def _check_concurrency(declaration: Declaration) -> Iterator[Violation]:
    api = declaration.project.deploy.api
    if api.reserved_concurrency is not None and api.provisioned_concurrency > api.reserved_concurrency:
        message = f"{api.provisioned_concurrency} warm instances, and only {api.reserved_concurrency} may run"
        yield Violation((*_API, "provisionedConcurrency"), message, "Raise `reservedConcurrency`.")


def _check_cidr(declaration: Declaration) -> Iterator[Violation]:
    network = declaration.project.deploy.network
    if network is None:
        return
    try:
        ipaddress.IPv4Network(network.cidr)
    except ValueError as error:
        yield Violation(("deploy", "network", "cidr"), str(error), "For example 10.0.0.0/16.")


PRIVATE = Rule(
    "deploy-private",
    "A private API has a network.",
    "API Gateway developer guide, Private REST APIs",
    _check_private,
)
CONCURRENCY = Rule(
    "deploy-concurrency",
    "Warm instances fit into the reserved ones.",
    "Lambda developer guide, Configuring provisioned concurrency",
    _check_concurrency,
)
CIDR = Rule("deploy-cidr", "The network's block is one.", "VPC user guide, VPC CIDR blocks", _check_cidr)
