"""Every error that Tastemaker raises on purpose, drawn as one tree.

    TastemakerError                 exit code 1: ours
    ├── UserFileError               exit code 2: the project file or the data; carries all findings
    │   ├── ProjectFileError
    │   └── DataError
    ├── WorkflowFailedError         exit code 3: an execution ended otherwise than SUCCEEDED
    ├── UnsupportedBySimulatorError exit code 4: the real service can, the local one cannot yet
    ├── InvalidDefinitionError      exit code 1: a state machine that Step Functions would refuse
    ├── AwsError                    exit code 1: an AWS call was refused; carries service, code, status
    ├── FunctionError               exit code 1: a Lambda handler raised; carries type and trace
    └── ApiError                    exit code 1: the REST API refused; carries status, kind, detail

Messages say where, what, what to do and the source. Each class carries its data as attributes so that a caller never
has to parse a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence


class TastemakerError(Exception):
    """Root of the tree; `exit_code` is what the command line ends with."""

    exit_code = 1


@dataclass(frozen=True, order=True)
class Finding:
    """One thing wrong in a user's file, ordered by where it stands.

    Attributes:
        file: path as the user gave it, relative to the working directory where possible.
        line: 1-based; 0 means the file as a whole.
        column: 1-based; 0 means the line as a whole.
        rule: stable id such as `unknown-key`; the user silences and searches by it.
        message: what is wrong, with the value that was found.
        hint: what to do.
        source: AWS page or reference section that the rule comes from; empty for our own rules.
        severity: an `error` stops every command; a `warning` is shown, and the data are taken all the same.
        failure_reason: what the import or the training says, hours later: in the service's words where a public
            document quotes them (`facts.failure_reasons.is_documented`), else in those of the local Personalize; empty
            where it says nothing.
    """

    file: str
    line: int
    column: int
    rule: str
    message: str
    hint: str = ""
    source: str = ""
    severity: Literal["error", "warning"] = "error"
    failure_reason: str = ""

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        text = f"{where}: {self.rule}: {self.message}"
        return f"{text}\n    {self.hint}" if self.hint else text


class UserFileError(TastemakerError):
    """The user's file is wrong; all findings at once, sorted by file and line."""

    exit_code = 2

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(sorted(findings))
        super().__init__("\n".join(str(finding) for finding in self.findings))


class ProjectFileError(UserFileError):
    """The project file cannot be read as a project."""


class DataError(UserFileError):
    """A dataset would be refused by Amazon Personalize."""


class WorkflowFailedError(TastemakerError):
    """An execution ended otherwise than SUCCEEDED."""

    exit_code = 3

    def __init__(self, machine: str, execution: str, error: str, cause: str) -> None:
        self.machine, self.execution, self.error, self.cause = machine, execution, error, cause
        super().__init__(f"{machine} ({execution}) failed: {error}: {cause}")


class UnsupportedBySimulatorError(TastemakerError):
    """The local Personalize has no faithful answer and refuses to invent one."""

    exit_code = 4

    def __init__(self, what: str, hint: str = "") -> None:
        self.what, self.hint = what, hint
        super().__init__(f"Not simulated: {what}." + (f" {hint}" if hint else ""))


class InvalidDefinitionError(TastemakerError):
    """Step Functions would refuse this definition; the message names the state."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class AwsError(TastemakerError):
    """An AWS operation was refused.

    Attributes:
        service: botocore service name, e.g. `personalize-runtime`.
        code: error code as on the wire, e.g. `ResourceNotFoundException`.
        message: the service's text.
        status: HTTP status.
        request_id: for the cause text of Step Functions; empty when there was none.
    """

    def __init__(self, service: str, code: str, message: str, status: int = 400, request_id: str = "") -> None:
        self.service, self.code, self.message = service, code, message
        self.status, self.request_id = status, request_id
        super().__init__(f"{code}: {message}")


class FunctionError(TastemakerError):
    """A Lambda handler raised; what Lambda reports as a function error."""

    def __init__(self, error_type: str, message: str, trace: Sequence[str] = ()) -> None:
        self.error_type, self.message, self.trace = error_type, message, tuple(trace)
        super().__init__(f"{error_type}: {message}")


class ApiError(TastemakerError):
    """The REST API refused a request, or cannot be reached.

    Attributes:
        status: HTTP status; 0 when there was no answer.
        kind: last part of the problem's type, e.g. `bad-parameter`; stable.
    """

    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(f"{status} {kind}: {detail}")
        self.status, self.kind, self.detail = status, kind, detail
