"""`batch`: batch inference, themes and segments, each with a manifest of what it wrote.

Input: `{"DatasetGroupArn", "Stamp": part of names, "Jobs": [{"Name", "Kind": "INFERENCE" | "THEMES" | "SEGMENTS",
"SolutionArn", "CampaignArns", "JobName", "JobArn", "Bucket", "Input": key or prefix, "Output": prefix, "RoleArn",
"Options": further arguments}]}`.

The version that the solution's first campaign serves answers, since the release gate let it pass; without a campaign
the newest one. While serving is paused nothing runs. Jobs go their own ways; when one had failed, the execution fails
and names it.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.creating import NOT_FOUND, Creating
from tastemaker.plan.machines.import_data import STAMP
from tastemaker.plan.machines.paused import LOOK, REASON, look_for_pause
from tastemaker.plan.machines.polling import FAILED, START_POLLING, Polling
from tastemaker.plan.machines.states import (
    State,
    States,
    body,
    catch,
    choice,
    covered,
    fail,
    for_each,
    isolated,
    jsonata,
    machine,
    pass_state,
    personalize_task,
    sdk_task,
)

JOBS_AT_ONCE = 5
DEADLINE_SECONDS = 12 * 3600

_FOLDER = "$job.Output & $stamp & '/'"
_ARGUMENTS = f"""$merge([{{
    'JobName': $job.JobName & '-' & $stamp,
    'SolutionVersionArn': $versionArn,
    'RoleArn': $job.RoleArn,
    'JobInput': {{'S3DataSource': {{'Path': 's3://' & $job.Bucket & '/' & $job.Input}}}},
    'JobOutput': {{'S3DataDestination': {{'Path': 's3://' & $job.Bucket & '/' & {_FOLDER}}}}}
}}, $job.Options])"""
_MANIFEST = """$string({
    'job': $job.Name, 'kind': $job.Kind, 'jobArn': $job.JobArn & '-' & $stamp, 'solutionVersionArn': $versionArn,
    'input': 's3://' & $job.Bucket & '/' & $job.Input,
    'outputs': [$outputs.{'key': Key, 'sizeBytes': Size, 'etag': ETag}]
})"""


def build_batch() -> dict[str, Any]:
    """The definition; see the module for its contract."""
    failed = {"Name": jsonata("$states.input.Item.Name"), "Status": "FAILED"}
    failures = "[$states.input[Status = 'FAILED']]"
    states = {
        "Remember stamp": pass_state(
            Assign={"stamp": jsonata(f"$exists($states.input.Stamp) ? $states.input.Stamp : {STAMP}")},
            Output=jsonata("$states.input"),
            next_state=LOOK,
        ),
        **look_for_pause("$states.input.DatasetGroupArn", next_state="Run jobs", paused="Skip while paused"),
        "Skip while paused": pass_state({"Jobs": [], "Cause": jsonata(REASON)}, next_state=None),
        "Run jobs": for_each(
            "$states.input.Jobs",
            isolated("Run job", _one_job(), "Job failed", failed),
            at_once=JOBS_AT_ONCE,
            next_state="Are all done",
        ),
        "Are all done": choice([(f"$count({failures}) > 0", "Some jobs failed")], default="Report jobs"),
        "Some jobs failed": fail("Tastemaker.BatchFailed", f"$join({failures}.(Name & ': ' & Cause), '; ')"),
        "Report jobs": pass_state({"Jobs": jsonata("$states.input")}, next_state=None),
    }
    return machine(
        "Runs batch inference, theme and segment jobs and lists their outputs in a manifest.",
        "Remember stamp",
        covered(states, "Batch step failed"),
        timeout_seconds=24 * 3600,
    )


def _one_job() -> dict[str, Any]:
    states = {
        "Remember job": pass_state(
            Assign={"job": jsonata("$states.input"), "versionArn": "", **START_POLLING}, next_state="List input"
        ),
        **_input(),
        **_version(),
        "Which kind": choice([("$job.Kind = 'SEGMENTS'", "Create segment job")], default="Create batch job"),
        **_run("batch job", "BatchInferenceJob"),
        **_run("segment job", "BatchSegmentJob"),
        **_outputs(),
        "Job done": pass_state(
            {
                "Name": jsonata("$job.Name"),
                "Status": "DONE",
                "SolutionVersionArn": jsonata("$versionArn"),
                "Manifest": jsonata(f"'s3://' & $job.Bucket & '/' & {_FOLDER} & 'manifest.json'"),
                "Outputs": jsonata("$count($outputs)"),
            },
            next_state=None,
        ),
    }
    return body("Remember job", covered(states, "Job step failed", "$job.Name"))


def _input() -> States:
    return {
        "List input": sdk_task(
            "s3",
            "listObjectsV2",
            {"Bucket": jsonata("$job.Bucket"), "Prefix": jsonata("$job.Input"), "MaxKeys": 1},
            next_state="Is there input",
            Assign={"inputCount": jsonata("$states.result.KeyCount")},
        ),
        "Is there input": choice(
            [
                ("$inputCount = 0", "No input"),
                ("$exists($job.CampaignArns[0])", "Which version serves"),
            ],
            default="Find newest version",
        ),
        "No input": fail(
            "Tastemaker.NoInput",
            "'no object below s3://' & $job.Bucket & '/' & $job.Input & '; upload the input of batch job ' & $job.Name",
        ),
    }


def _version() -> States:
    """What serves passed the gate; a campaign that is not there yet leads to the newest version."""
    latest = "$states.result.Solution.LatestSolutionVersion"
    return {
        "Which version serves": personalize_task(
            "describeCampaign",
            {"CampaignArn": jsonata("$job.CampaignArns[0]")},
            next_state="Which kind",
            catches=[catch(NOT_FOUND, "Find newest version")],
            Assign={"versionArn": jsonata("$states.result.Campaign.SolutionVersionArn")},
        ),
        "Find newest version": personalize_task(
            "describeSolution",
            {"SolutionArn": jsonata("$job.SolutionArn")},
            next_state="Is there a version",
            Assign={"versionArn": jsonata(f"{latest}.Status = 'ACTIVE' ? {latest}.SolutionVersionArn : ''")},
        ),
        "Is there a version": choice([("$versionArn != ''", "Which kind")], default="No version"),
        "No version": fail(
            "Tastemaker.NoVersion",
            "'the newest version of ' & $job.SolutionArn & ' is not ACTIVE; train the solution before batch job ' & "
            "$job.Name",
        ),
    }


def _run(what: str, member: str) -> States:
    polling = Polling(
        what=what,
        action=f"describe{member}",
        arguments={f"{member}Arn": jsonata("$job.JobArn & '-' & $stamp")},
        description=f"$states.result.{member}",
        deadline_seconds=DEADLINE_SECONDS,
        done="List outputs",
        name="$job.Name",
        failed=FAILED,
    )
    creating = Creating(
        what=what,
        action=f"create{member}",
        arguments=jsonata(_ARGUMENTS),
        next_state=polling.wait,
        name="$job.Name",
        already_exists=polling.start,
    )
    return {**creating.states(), **polling.states()}


def _outputs() -> States:
    return {
        "List outputs": sdk_task(
            "s3",
            "listObjectsV2",
            {"Bucket": jsonata("$job.Bucket"), "Prefix": jsonata(_FOLDER)},
            next_state="Write manifest",
            Assign={
                "outputs": jsonata("[$states.result.Contents[Size > 0 and $not($contains(Key, 'manifest.json'))]]")
            },
        ),
        "Write manifest": _write(),
    }


def _write() -> State:
    return sdk_task(
        "s3",
        "putObject",
        {
            "Bucket": jsonata("$job.Bucket"),
            "Key": jsonata(f"{_FOLDER} & 'manifest.json'"),
            "ContentType": "application/json",
            "Body": jsonata(_MANIFEST),
        },
        next_state="Job done",
    )
