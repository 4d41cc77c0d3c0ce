"""`maintain`: what the schedules start: import, then train and release every solution, each on its own.

Input: `{"Mode", "Import": {input of import-data}, "Solutions": [{"SolutionName", "Action": "TRAIN" | "SKIP", "Reason",
"Train": {input of train}, "Campaigns": [{input of release without version and metrics}]}]}`.

A failing solution never stops another. When all are done and one had failed, the execution fails and its cause names
each with its reason: a red execution is what an operator sees, silence is what an operator fears.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.states import (
    body,
    catch,
    choice,
    fail,
    for_each,
    jsonata,
    machine,
    pass_state,
    run_machine,
)
from tastemaker.plan.tokens import machine_arn_token

SOLUTIONS_AT_ONCE = 5

_CAUSE = """(
    $error := $states.errorOutput;
    $nested := $error.Error = 'States.TaskFailed' and $substring($error.Cause, 0, 1) = '{' ? $parse($error.Cause);
    $exists($nested.Cause) ? $nested.Cause : ($exists($error.Cause) ? $error.Cause : $error.Error)
)"""


def build_maintain() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    failures = "[$solutions[Status = 'FAILED']]"
    states = {
        "Remember job": pass_state(Assign={"job": jsonata("$states.input")}, next_state="Import"),
        "Import": run_machine(
            machine_arn_token("import-data"),
            jsonata("$job.Import"),
            label="$lowercase($job.Mode)",
            next_state="Train and release",
            Assign={"imports": jsonata("$states.result.Output.Imports")},
        ),
        "Train and release": for_each(
            "$job.Solutions",
            _one_solution(),
            at_once=SOLUTIONS_AT_ONCE,
            next_state="Did all succeed",
            Assign={"solutions": jsonata("$states.result")},
        ),
        "Did all succeed": choice([(f"$count({failures}) > 0", "Some solutions failed")], default="Report"),
        "Some solutions failed": fail(
            "Tastemaker.SolutionsFailed",
            f"$join({failures}.(SolutionName & ': ' & Cause), '; ') & '. The other solutions went through; what served "
            "before keeps serving.'",
        ),
        "Report": pass_state(
            {"Mode": jsonata("$job.Mode"), "Imports": jsonata("$imports"), "Solutions": jsonata("$solutions")},
            next_state=None,
        ),
    }
    return machine(
        "Imports, trains and releases; what the weekly and the daily schedule start.",
        "Remember job",
        states,
        timeout_seconds=3 * 24 * 3600,
    )


def _one_solution() -> dict[str, Any]:
    isolated = [catch(["States.ALL"], "Solution failed", Assign={"cause": jsonata(_CAUSE)})]
    return body(
        "Remember solution",
        {
            "Remember solution": pass_state(Assign={"solution": jsonata("$states.input")}, next_state="Is it due"),
            "Is it due": choice([("$solution.Action = 'TRAIN'", "Train")], default="Not due"),
            "Not due": pass_state(_outcome("SKIPPED") | {"Reason": jsonata("$solution.Reason")}, next_state=None),
            "Train": run_machine(
                machine_arn_token("train"),
                jsonata("$solution.Train"),
                label="$solution.SolutionName",
                next_state="Release to campaigns",
                catches=isolated,
                Assign={"trained": jsonata("$states.result.Output")},
            ),
            "Release to campaigns": for_each(
                "$solution.Campaigns",
                body("Release", {"Release": _release()}),
                at_once=1,
                next_state="Solution done",
                Assign={"releases": jsonata("$states.result")},
                Catch=isolated,
            ),
            "Solution done": pass_state(
                _outcome("TRAINED")
                | {
                    "SolutionVersionArn": jsonata("$trained.SolutionVersionArn"),
                    "Metrics": jsonata("$trained.Metrics"),
                    "Releases": jsonata("$releases"),
                },
                next_state=None,
            ),
            "Solution failed": pass_state(_outcome("FAILED") | {"Cause": jsonata("$cause")}, next_state=None),
        },
    )


def _release() -> dict[str, Any]:
    candidate = "{'SolutionVersionArn': $trained.SolutionVersionArn, 'Metrics': $trained.Metrics}"
    return run_machine(
        machine_arn_token("release"),
        jsonata(f"$merge([$states.input, {candidate}])"),
        label="$states.input.Key",
        next_state=None,
        Output=jsonata("$states.result.Output"),
    )


def _outcome(status: str) -> dict[str, Any]:
    return {"SolutionName": jsonata("$solution.SolutionName"), "Status": status}
