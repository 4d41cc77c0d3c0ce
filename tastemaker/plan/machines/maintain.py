"""`maintain`: what the schedules start: import, train and release every solution, each on its own, then batch jobs.

Input: `{"Mode", "DatasetGroupArn", "LeaseWaitSeconds", "Import": {input of import-data}, "Solutions": [{"SolutionName",
"Action": "TRAIN" | "SKIP", "Reason", "Train": {input of train}, "Campaigns": [{input of release without version and
metrics}]}], "Batch": {input of batch}, "Ensure": input of ensure where recommenders are declared: they need data}`.

One maintenance per dataset group at a time (`lease.py`). A failing solution never stops another. When all are done and
one had failed, the execution fails and its cause names each with its reason: a red execution is what an operator sees,
silence is what an operator fears. Every outcome goes to the event bus and the topic (`notify.py`). While serving is
paused (`paused.py`) a run ends at once, and tells nobody: somebody wanted it so.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.import_data import STAMP
from tastemaker.plan.machines.lease import give_back, mark_done, renewing, take
from tastemaker.plan.machines.notify import tell
from tastemaker.plan.machines.paused import LOOK, REASON, look_for_pause
from tastemaker.plan.machines.states import (
    CAUSE,
    States,
    body,
    catch,
    choice,
    covered,
    fail,
    for_each,
    jsonata,
    machine,
    parallel,
    pass_state,
    run_machine,
)
from tastemaker.plan.tokens import machine_arn_token

SOLUTIONS_AT_ONCE = 5

_OUTCOME = """(
    $causes := [
        $states.input.Solutions[Status = 'FAILED'].(SolutionName & ': ' & Cause),
        $states.input.Batch[Status = 'FAILED'].(Name & ': ' & Cause)
    ];
    $merge([$states.input, {'Causes': $causes, 'Outcome': $count($causes) > 0 ? 'FAILED' : 'SUCCEEDED'}])
)"""
_STAMPED = "{'Stamp': $stamp}"
_BATCH_FAILED = {"Name": "batch", "Status": "FAILED", "Cause": jsonata(CAUSE)}
_BUSY = "'another maintenance of ' & $job.DatasetGroupArn & ' is still at work after ' & $leaseWaitedSeconds & ' s'"
_STATUS = """'FAILED' in [$releases.Decision] ? 'FAILED' : $trained.Outcome = 'UNCHANGED' ? 'UNCHANGED' : 'TRAINED'"""
_DETAIL = """{
    'mode': $job.Mode, 'outcome': $states.input.Outcome, 'datasetGroupArn': $job.DatasetGroupArn,
    'execution': $states.context.Execution.Id, 'causes': $states.input.Causes,
    'releases': [$states.input.Solutions.Releases.(CampaignName & ': ' & Decision)]
}"""
_TEXT = """$job.Mode & ' maintenance of ' & $job.DatasetGroupArn & ': ' & $states.input.Outcome
    & $join([$states.input.Causes.('\\n- ' & $)])
    & $join([$states.input.Solutions.Releases.('\\n- ' & CampaignName & ': ' & Decision
        & ($exists(Reasons) ? ' (' & $join([Reasons], '; ') & ')' : ''))])
    & '\\n' & $states.context.Execution.Id"""


def build_maintain() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    stopped = {"Outcome": "FAILED", "Causes": [jsonata(CAUSE)]}
    states: States = {
        "Remember job": pass_state(
            Assign={"job": jsonata("$states.input"), "stamp": jsonata(STAMP), "leaseWaitedSeconds": 0},
            next_state=LOOK,
        ),
        **look_for_pause("$job.DatasetGroupArn", next_state="Take lease", paused="Skip while paused"),
        "Skip while paused": pass_state({"Outcome": "SKIPPED", "Causes": [jsonata(REASON)]}, next_state="Report"),
        **take(next_state="Work under lease", busy="Is it worth a failure"),
        "Is it worth a failure": choice([("$job.Mode = 'INCREMENTAL'", "Skip this time")], default="Lease is held"),
        "Skip this time": pass_state(
            {"Outcome": "SKIPPED", "Causes": ["another maintenance is still at work; the next run imports the same"]},
            next_state="Send event",
        ),
        "Lease is held": pass_state({"Outcome": "FAILED", "Causes": [jsonata(_BUSY)]}, next_state="Send event"),
        "Work under lease": parallel(
            [body("Import", covered(_work(), "Maintenance step failed")), renewing()],
            next_state="Give back lease",
            Output=jsonata("$states.result[0]"),
            Catch=[catch(["States.ALL"], "Give back lease", Output=stopped)],
        ),
        "Give back lease": give_back(next_state="Send event", Output=jsonata("$states.input")),
        **tell(
            "Tastemaker Maintenance", "$states.input.Outcome", _DETAIL, _TEXT, next_state="Did all succeed"
        ),
        **_end(),
    }  # fmt: skip
    return machine(
        "Imports, trains and releases; what the weekly and the daily schedule start.",
        "Remember job",
        covered(states, "Maintenance cannot begin", "$job.DatasetGroupArn"),
        timeout_seconds=4 * 24 * 3600,
    )


def _end() -> States:
    return {
        "Did all succeed": choice([("$states.input.Outcome = 'FAILED'", "Maintenance failed")], default="Report"),
        "Maintenance failed": fail(
            "Tastemaker.MaintenanceFailed",
            "$join($states.input.Causes, '; ') & '. The rest went through; what served before keeps serving.'",
        ),
        "Report": pass_state(next_state=None),
    }


def _work() -> States:
    return {
        "Import": run_machine(
            machine_arn_token("import-data"),
            jsonata(f"$merge([$job.Import, {_STAMPED}])"),
            label="$lowercase($job.Mode)",
            next_state="Is there something to ensure",
            Assign={
                "imports": jsonata("$states.result.Output.Imports"),
                "newestImport": jsonata("(  $at := $sort([$states.result.Output.Imports.ImportedAt]); '' & $at[-1] )"),
            },
        ),
        "Is there something to ensure": choice(
            [("$exists($job.Ensure)", "Ensure recommenders")], default="Train and release"
        ),
        "Ensure recommenders": run_machine(
            machine_arn_token("ensure"), jsonata("$job.Ensure"), label="'ensure'", next_state="Train and release"
        ),
        "Train and release": for_each(
            "$job.Solutions",
            _one_solution(),
            at_once=SOLUTIONS_AT_ONCE,
            next_state="Are there batch jobs",
            Assign={"solutions": jsonata("$states.result"), "batch": []},
        ),
        **_batch(next_state="Sum up"),
        "Sum up": pass_state(
            {
                "Mode": jsonata("$job.Mode"),
                "Imports": jsonata("$imports"),
                "Solutions": jsonata("$solutions"),
                "Batch": jsonata("$batch"),
            },
            next_state="Name outcome",
        ),
        "Name outcome": pass_state(jsonata(_OUTCOME), next_state="Mark lease done"),
        "Mark lease done": mark_done(next_state=None, Output=jsonata("$states.input")),
    }  # fmt: skip


def _batch(*, next_state: str) -> States:
    """Enter at `Are there batch jobs`; what fails here fails alone."""
    none = "$not($exists($job.Batch.Jobs[0]))"
    return {
        "Are there batch jobs": choice([(none, next_state)], default="Run batch jobs"),
        "Run batch jobs": run_machine(
            machine_arn_token("batch"),
            jsonata(f"$merge([$job.Batch, {_STAMPED}])"),
            label="'batch'",
            next_state=next_state,
            catches=[catch(["States.ALL"], next_state, Assign={"batch": [_BATCH_FAILED]})],
            Assign={"batch": jsonata("$states.result.Output.Jobs")},
        ),
    }


def _one_solution() -> dict[str, Any]:
    failed = [catch(["States.ALL"], "Solution failed", Assign={"cause": jsonata(CAUSE)})]
    return body(
        "Remember solution",
        {
            "Remember solution": pass_state(Assign={"solution": jsonata("$states.input")}, next_state="Is it due"),
            "Is it due": choice([("$solution.Action = 'TRAIN'", "Train")], default="Not due"),
            "Not due": pass_state(_outcome("SKIPPED") | {"Reason": jsonata("$solution.Reason")}, next_state=None),
            "Train": run_machine(
                machine_arn_token("train"),
                jsonata("$merge([$solution.Train, {'NewestImport': $newestImport}])"),
                label="$solution.SolutionName",
                next_state="Release to campaigns",
                catches=failed,
                Assign={"trained": jsonata("$states.result.Output")},
            ),
            "Release to campaigns": for_each(
                "$solution.Campaigns",
                body("Remember campaign", _release()),
                at_once=1,
                next_state="Solution done",
                Assign={"releases": jsonata("$states.result")},
                Catch=failed,
            ),
            "Solution done": pass_state(
                _outcome("TRAINED")
                | {
                    "Status": jsonata(_STATUS),
                    "Cause": jsonata("$join([$releases[Decision = 'FAILED'].(CampaignName & ': ' & Cause)], '; ')"),
                    "SolutionVersionArn": jsonata("$trained.SolutionVersionArn"),
                    "Metrics": jsonata("$trained.Metrics"),
                    "Releases": jsonata("$releases"),
                },
                next_state=None,
            ),
            "Solution failed": pass_state(_outcome("FAILED") | {"Cause": jsonata("$cause")}, next_state=None),
        },
    )


def _release() -> States:
    """One campaign that refuses a version keeps no other from it."""
    candidate = "{'SolutionVersionArn': $trained.SolutionVersionArn, 'Metrics': $trained.Metrics}"
    failed = {"Decision": "FAILED", "Cause": jsonata("$states.input.Cause")}
    return {
        "Remember campaign": pass_state(Assign={"campaign": jsonata("$states.input")}, next_state="Release"),
        "Release": run_machine(
            machine_arn_token("release"),
            jsonata(f"$merge([$campaign, {candidate}])"),
            label="$campaign.Key",
            next_state=None,
            catches=[catch(["States.ALL"], "Release failed", Output={"Cause": jsonata(CAUSE)})],
            Output=jsonata("$states.result.Output"),
        ),
        "Release failed": pass_state(
            {"CampaignName": jsonata("$campaign.Campaign.Name"), "CampaignArn": jsonata("$campaign.CampaignArn")}
            | failed,
            next_state=None,
        ),
    }


def _outcome(status: str) -> dict[str, Any]:
    return {"SolutionName": jsonata("$solution.SolutionName"), "Status": status}
