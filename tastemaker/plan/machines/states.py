"""Small builders for Amazon States Language in JSONata, so that each machine reads as a list of steps.

Source: Amazon States Language specification, and Step Functions developer guide, "Transforming data with JSONata".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

State = dict[str, Any]
States = dict[str, State]

NOBODY = "''"
_FALLIBLE = frozenset({"Task", "Map", "Parallel"})
FIRST_POLL_SECONDS = 20
LONGEST_POLL_SECONDS = 120
POLL_GROWTH = 1.5

_TOO_FAST = ("ThrottlingException", "TooManyRequestsException")
_LIMIT = "LimitExceededException"

CAUSE = """(
    $error := $states.errorOutput;
    $nested := $error.Error = 'States.TaskFailed' and $substring($error.Cause, 0, 1) = '{' ? $parse($error.Cause);
    $exists($nested.Cause) ? $nested.Cause : ($exists($error.Cause) ? $error.Cause : $error.Error)
)"""
"""JSONata for a Catch: the cause in words, also when a nested execution failed and the cause is its description."""


def jsonata(expression: str) -> str:
    """The expression in the marks that make a string JSONata."""
    return f"{{% {expression} %}}"


def retries(service: str, *, of_limits: bool = True) -> list[State]:
    """Retry policy of every SDK task: too fast or a passing fault; anything else is the caller's branch.

    A control-plane operation of Personalize bears one request a second (reference §9), so the first delay is two
    seconds and full jitter spreads parallel branches. Throttling and InternalFailure are common errors outside the
    service's model and reach a machine under the service's general name.

    Args:
        service: prefix of the error names.
        of_limits: whether LimitExceeded can only mean the rate. A Create call may also have met a quota, which only the
            message tells: `creating.py` does.
    """
    too_fast = [f"{service}.{name}" for name in (*_TOO_FAST, *((_LIMIT,) if of_limits else ()))]
    passing = [f"{service}.{service}Exception", f"{service}.SdkClientException", "States.Timeout"]
    pause = {"BackoffRate": 2, "MaxDelaySeconds": 60, "JitterStrategy": "FULL"}
    return [
        {"ErrorEquals": too_fast, "IntervalSeconds": 2, "MaxAttempts": 8, **pause},
        {"ErrorEquals": passing, "IntervalSeconds": 5, "MaxAttempts": 6, **pause},
    ]


def catch(errors: Sequence[str], next_state: str, **fields: Any) -> State:
    """One Catch rule; `fields` may give Output and Assign."""
    return {"ErrorEquals": list(errors), "Next": next_state, **fields}


_ERROR_PREFIX = {
    "personalize": "Personalize", "personalizeruntime": "PersonalizeRuntime", "dynamodb": "DynamoDb", "s3": "S3",
    "ssm": "Ssm", "sns": "Sns", "eventbridge": "EventBridge", "cloudwatch": "CloudWatch", "athena": "Athena",
}  # fmt: skip


def sdk_task(
    service: str,
    action: str,
    arguments: Any,
    *,
    next_state: str | None,
    catches: Sequence[State] = (),
    of_limits: bool = True,
    **fields: Any,
) -> State:
    """A call of any AWS operation; `action` in lower camel case, arguments in PascalCase; see `retries`."""
    state: State = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:{service}:{action}",
        "Arguments": arguments,
        "TimeoutSeconds": 60,
        "Retry": retries(_ERROR_PREFIX[service], of_limits=of_limits),
        **fields,
    }
    if catches:
        state["Catch"] = list(catches)
    return state | _follow(next_state)


def personalize_task(action: str, arguments: Any, *, next_state: str | None, **options: Any) -> State:
    return sdk_task("personalize", action, arguments, next_state=next_state, **options)


def run_machine(
    arn_token: str,
    machine_input: Any,
    *,
    label: str,
    next_state: str | None,
    catches: Sequence[State] = (),
    **fields: Any,
) -> State:
    """Run another machine to its end; its output is `$states.result.Output`, its failure States.TaskFailed.

    The child is called after its parent and `label` (JSONata, at most 48 characters), so that the console's list tells
    what each execution is for and which run it belongs to. Names end at 80 characters and cannot be used twice, so a
    redriven parent adds its count.
    """
    count = "$states.context.Execution.RedriveCount"
    suffix = f"({count} > 0 ? '-' & $string({count}) : '')"
    name = f"$substring($states.context.Execution.Name, 0, 28) & '-' & {label} & {suffix}"
    state: State = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": arn_token, "Name": jsonata(name), "Input": machine_input},
        "Retry": [
            {
                "ErrorEquals": ["StepFunctions.StepFunctionsException", "StepFunctions.SdkClientException"],
                "IntervalSeconds": 5,
                "MaxAttempts": 4,
                "BackoffRate": 2,
                "JitterStrategy": "FULL",
            }
        ],
        **fields,
    }
    if catches:
        state["Catch"] = list(catches)
    return state | _follow(next_state)


def choice(rules: Sequence[tuple[str, str] | State], default: str, **fields: Any) -> State:
    """`rules` are pairs (JSONata condition, next state) tried in order."""
    choices = [rule if isinstance(rule, dict) else {"Condition": jsonata(rule[0]), "Next": rule[1]} for rule in rules]
    return {"Type": "Choice", "Choices": choices, "Default": default, **fields}


def pass_state(output: Any = None, *, next_state: str | None, **fields: Any) -> State:
    state: State = {"Type": "Pass", **fields}
    if output is not None:
        state["Output"] = output
    return state | _follow(next_state)


def fail(error: str, cause: str) -> State:
    """`cause` is JSONata."""
    return {"Type": "Fail", "Error": error, "Cause": jsonata(cause)}


def for_each(
    items: str, body: Mapping[str, Any], *, next_state: str | None, at_once: int, selector: Any = None, **fields: Any
) -> State:
    """An inline Map over the JSONata array `items`; results keep the items' order."""
    state: State = {
        "Type": "Map",
        "Items": jsonata(items),
        "MaxConcurrency": at_once,
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **body},
        **fields,
    }
    if selector is not None:
        state["ItemSelector"] = selector
    return state | _follow(next_state)


def parallel(branches: Sequence[Mapping[str, Any]], *, next_state: str | None, **fields: Any) -> State:
    """Branches at the same time; the result is the list of their outputs, in their order."""
    return {"Type": "Parallel", "Branches": [dict(branch) for branch in branches], **fields} | _follow(next_state)


def isolated(step: str, inside: Mapping[str, Any], failed: str, outcome: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a Map whose items must not harm each other: whatever fails becomes an outcome with its cause.

    Args:
        step: name of the state around `inside`.
        inside: a scope; its Fail states end only this item.
        failed: name of the state that gives the failed outcome.
        outcome: members beside Cause; the item is `$states.input`.
    """
    output = {"Item": jsonata("$states.input"), "Cause": jsonata(CAUSE)}
    return body(
        step,
        {
            step: parallel(
                [inside],
                next_state=None,
                Output=jsonata("$states.result[0]"),
                Catch=[catch(["States.ALL"], failed, Output=output)],
            ),
            failed: pass_state({**outcome, "Cause": jsonata("$states.input.Cause")}, next_state=None),
        },
    )


def covered(states: Mapping[str, State], failing: str, subject: str = NOBODY) -> States:
    """The states of one scope, each of which ends in the Fail state `failing` when nothing else catches its error.

    The cause says which step failed for what, then the service's own words; a Map, a Parallel and a nested execution
    hand on what their inside said. Variables of an inner scope must not repeat those of an outer one, so the error
    travels as state input.

    Args:
        states: of one scope.
        failing: name of the Fail state that is added.
        subject: JSONata for what the scope works on; it must have been assigned before the first call.
    """
    whole: States = {}
    for name, state in states.items():
        whole[name] = state
        rules = state.get("Catch", [])
        if state["Type"] in _FALLIBLE and not any("States.ALL" in rule["ErrorEquals"] for rule in rules):
            inner = state["Type"] != "Task" or "startExecution" in state["Resource"]
            words = f"'{name}: '" if subject == NOBODY else f"'{name} ' & {subject} & ': '"
            step = CAUSE if inner else f"{words} & $states.errorOutput.Error & ': ' & {CAUSE}"
            output = {"Error": jsonata("$states.errorOutput.Error"), "Cause": jsonata(step)}
            whole[name] = {**state, "Catch": [*rules, catch(["States.ALL"], failing, Output=output)]}
    if any(rule["Next"] == failing for state in whole.values() for rule in state.get("Catch", [])):
        whole[failing] = {
            "Type": "Fail",
            "Error": jsonata("$states.input.Error"),
            "Cause": jsonata("$states.input.Cause"),
        }
    return whole


def body(start_at: str, states: Mapping[str, State]) -> dict[str, Any]:
    return {"StartAt": start_at, "States": dict(states)}


def machine(comment: str, start_at: str, states: Mapping[str, State], *, timeout_seconds: int) -> dict[str, Any]:
    """A whole definition; the time-out is the last resort behind the deadlines of the loops inside."""
    return {
        "Comment": comment,
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": timeout_seconds,
        **body(start_at, states),
    }


def _follow(next_state: str | None) -> State:
    return {"End": True} if next_state is None else {"Next": next_state}
