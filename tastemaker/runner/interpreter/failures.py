"""How a state fails inside the interpreter, and which failures a Retry or Catch may answer.

Source: States Language specification, "Errors"; developer guide, "Handling errors in Step Functions workflows".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import simpy

    from tastemaker.errors import TastemakerError

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"
RUNTIME = "States.Runtime"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"
NO_CHOICE_MATCHED = "States.NoChoiceMatched"
QUERY_EVALUATION_ERROR = "States.QueryEvaluationError"
INTRINSIC_FAILURE = "States.IntrinsicFailure"
RESULT_PATH_MATCH_FAILURE = "States.ResultPathMatchFailure"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
ITEM_READER_FAILED = "States.ItemReaderFailed"
RESULT_WRITER_FAILED = "States.ResultWriterFailed"
EXCEED_TOLERATED_FAILURE_THRESHOLD = "States.ExceedToleratedFailureThreshold"

_TERMINAL = frozenset({RUNTIME})
"""`States.ALL` does not match these; they end the execution unless a rule names them. States.DataLimitExceeded is
caught, as recordings of the service show, though the developer guide calls it terminal."""


class StateError(Exception):
    """A state failed with an error name and a cause.

    Attributes:
        error: e.g. `States.Timeout`, `Personalize.ResourceNotFoundException`; None only for a Fail state without Error.
        cause: text as the service reports it; None only for a Fail state without Cause.
        location: the field whose expression failed, e.g. `Output/Items`; the history then gets an EvaluationFailed.
        of_state: whether the service puts `An error occurred while executing the state …` before the cause.
        alias: another name by which a rule may answer it: a missed heartbeat is a States.Timeout in the history.
        of_inner: whether it came from the iterations or branches of a Map or Parallel, which has then failed itself.
    """

    def __init__(
        self,
        error: str | None,
        cause: str | None,
        *,
        location: str | None = None,
        of_state: bool = False,
        of_inner: bool = False,
        alias: str | None = None,
    ) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause
        self.location, self.of_state, self.of_inner = location, of_state, of_inner
        self.alias = alias

    def output(self) -> dict[str, str]:
        """What a Catch sees; an empty string stands for what is absent."""
        return {"Error": self.error or "", "Cause": self.cause or ""}

    def details(self) -> dict[str, str]:
        """Members of a history event, without what is absent."""
        pairs = (("error", self.error), ("cause", self.cause))
        return {name: text for name, text in pairs if text is not None}


class Ending(Exception):  # noqa: N818 - it is the reason given to simpy.Interrupt, not an error that is raised
    """Why a line of control is interrupted from outside.

    Attributes:
        previous: the event that aborted states name as their previous one; None for their own last.
    """

    def __init__(
        self, status: str, error: str | None = None, cause: str | None = None, *, previous: int | None = None
    ) -> None:
        super().__init__(status)
        self.status, self.error, self.cause = status, error, cause
        self.previous = previous


def ending_of(interrupt: simpy.Interrupt) -> Ending:
    """The reason that was given to `interrupt()`."""
    reason = interrupt.cause
    return reason if isinstance(reason, Ending) else Ending("ABORTED")


class Halt(Exception):  # noqa: N818 - it carries an error through SimPy, which rebuilds exceptions from their args
    """A call raised what no execution may answer, e.g. UnsupportedBySimulatorError; the engine raises `reason`."""

    def __init__(self, reason: TastemakerError) -> None:
        super().__init__(reason)
        self.reason = reason


def matches(error_equals: Sequence[str], failure: StateError) -> bool:
    """Whether a Retry or Catch rule answers this failure."""
    if failure.error in error_equals:
        return True
    if failure.error in _TERMINAL:
        return False
    if failure.alias is not None and failure.alias in error_equals:
        return True
    return ALL in error_equals or (TASK_FAILED in error_equals and failure.error != TIMEOUT)
