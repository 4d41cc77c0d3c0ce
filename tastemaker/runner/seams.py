"""What the runner needs from outside; `local.py` plugs the simulator, moto and the handlers in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class AwsCaller(Protocol):
    """Calls one AWS operation."""

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make the call.

        Args:
            service: botocore service name, e.g. `personalize-runtime`, `dynamodb`.
            operation: botocore operation name, e.g. `CreateSolution`.
            params: members as botocore names them; timestamps as datetime, number or ISO string.

        Returns:
            The output without ResponseMetadata; timestamps are aware datetimes.

        Raises:
            AwsError: the service refused.
        """
        ...


@dataclass(frozen=True, slots=True)
class Delayed:
    """An answer that comes after some virtual time: a function that takes as long, and may so miss a time limit."""

    seconds: float
    answer: Any


class FunctionInvoker(Protocol):
    """Invokes one Lambda function of the plan."""

    def invoke(self, function: str, payload: Any) -> Any:
        """JSON in, JSON out; a `Delayed` gives the JSON later.

        Args:
            function: the `FunctionSpec.name`, a function name or an ARN that ends with it.

        Raises:
            FunctionError: the handler raised, timed out or returned what JSON cannot hold.
        """
        ...
