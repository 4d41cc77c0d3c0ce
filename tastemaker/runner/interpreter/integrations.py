"""The seam to service integrations: what a Task's Resource stands for. `runner/tasks.py` implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import simpy

    from tastemaker.runner.interpreter.dataset import Item
    from tastemaker.runner.interpreter.execution import Execution
    from tastemaker.runner.interpreter.map_runs import MapRun


class Job(Protocol):
    """Work that goes on after the call (`.sync`)."""

    def begin(self, env: simpy.Environment) -> simpy.Event:
        """Called once; the event fires when the work ended."""
        ...

    def result(self) -> Any:
        """The task's result once done; raises StateError when the work failed."""
        ...

    def stop(self) -> None:
        """The task timed out or was aborted: end the work, so that the event fires at this very moment."""
        ...


class Integration(Protocol):
    """One Resource.

    Attributes:
        resource, resource_type: as history events name them, e.g. `createSolution` and `aws-sdk:personalize`.
    """

    @property
    def resource(self) -> str: ...

    @property
    def resource_type(self) -> str: ...

    @property
    def waits_for_token(self) -> bool:
        """Whether the task goes on until a callback with its token (`.waitForTaskToken`)."""
        ...

    def check(self, arguments: Any) -> list[str]:
        """What is wrong with Arguments as they stand in a definition; expressions in them are strings `{% … %}`."""
        ...

    def check_result(self, result: Any, *, strict: bool) -> list[str]:
        """What in a mocked result the service's API cannot give; `strict` asks for all required members too."""
        ...

    def prepare(self, arguments: Any) -> Any:
        """Evaluated Arguments as the call takes them; raises StateError States.Runtime for what cannot be sent."""
        ...

    def call(self, prepared: Any, caller: Execution) -> Any:
        """Make the call; returns JSON.

        Raises:
            StateError: the service refused or the function failed.
            TastemakerError: anything else that ends the whole run.
        """
        ...

    def job(self, prepared: Any, response: Any) -> Job | None:
        """What to wait for after the call; None for request and response."""
        ...


class MapStorage(Protocol):
    """Where distributed Maps read items and write results."""

    def read(self, reader: dict[str, Any]) -> list[Item]:
        """Items that an ItemReader names.

        Raises:
            StateError: States.ItemReaderFailed.
            TastemakerError: anything else that ends the whole run.
        """
        ...

    def write(self, writer: dict[str, Any], run: MapRun, now: float) -> dict[str, str]:
        """Write a Map Run's results; returns Bucket and Key of the manifest. `now` is epoch seconds.

        Raises:
            StateError: States.ResultWriterFailed.
        """
        ...


class Integrations(Protocol):
    """Finds the integration of a Resource."""

    @property
    def storage(self) -> MapStorage: ...

    def find(self, resource: str) -> Integration:
        """Raises LookupError with a message that names the resource when it is not built."""
        ...
