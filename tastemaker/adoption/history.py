"""What a dataset group did until now: imports, trainings, batch jobs, requests; and the rhythm in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tastemaker.adoption.batch import read_batch_members
from tastemaker.adoption.inventory import FoundSchedules, Place, Resource
from tastemaker.adoption.members import BATCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tastemaker.adoption.account import Account
    from tastemaker.adoption.batch import Kind
    from tastemaker.adoption.inventory import Inventory
    from tastemaker.errors import Finding

STALE_DAYS = 30
IDLE_DAYS = 14
_DAY_SECONDS = 86_400
_REQUESTS = ("GetRecommendations", "GetPersonalizedRanking")
"""Metrics of CloudWatch by campaign; requests for actions are not counted. Source: reference §12."""


def read_imports(account: Account, dataset_arn: str, dataset: Resource) -> str:
    """Where the newest full import that succeeded read from; empty where there is none."""
    jobs = list(account.list("list_dataset_import_jobs", "datasetImportJobs", datasetArn=dataset_arn))
    jobs.sort(key=lambda job: job["creationDateTime"], reverse=True)
    account.imports[dataset_arn] = jobs
    if jobs and "FAILED" in jobs[0]["status"]:
        message = f"the newest import of {dataset.place.file} failed: {jobs[0].get('failureReason', 'without reason')}"
        hint = "`tastemaker check` reads the same files and says what is wrong."
        account.findings.append(dataset.place.find("import-failed", message, hint, severity="warning"))
    full = next((job for job in jobs if job.get("importMode", "FULL") == "FULL" and job["status"] == "ACTIVE"), None)
    if full is None or account.now - full["creationDateTime"].timestamp() > STALE_DAYS * _DAY_SECONDS:
        when = "never" if full is None else f"not since {full['creationDateTime'].astimezone(UTC):%Y-%m-%d}"
        message = f"{dataset.place.file} was {when} imported as a whole"
        hint = "Deletions and corrections reach it by a full import only; `schedules.full` makes one."
        account.findings.append(dataset.place.find("no-full-import", message, hint, severity="warning"))
    if full is None:
        return ""
    described = account.personalize.describe_dataset_import_job(datasetImportJobArn=full["datasetImportJobArn"])
    return str(described["datasetImportJob"]["dataSource"].get("dataLocation", ""))


def read_schedules(account: Account, found: Inventory) -> FoundSchedules:
    """From the median gap between trainings that somebody started, and between incremental imports."""
    full, update = list[float](), list[float]()
    for solution in found.solutions:
        versions = _list_versions(account, solution)
        for gaps, mode in ((full, "FULL"), (update, "UPDATE")):
            gaps += _find_gaps(one["creationDateTime"] for one in versions if one.get("trainingMode") == mode)
    for jobs in account.imports.values():
        update += _find_gaps(job["creationDateTime"] for job in jobs if job.get("importMode") == "INCREMENTAL")
    if any(one.members.get("performAutoTraining") for one in found.solutions):
        full = []  # the service trains already, and twice would be billed twice
    return FoundSchedules(
        full=_find_rate(full), incremental=_find_rate(update), why="As often as it was done until now."
    )


def _list_versions(account: Account, solution: Resource) -> list[dict[str, Any]]:
    """Those that somebody started; the service starts others by itself."""
    arn = account.arns[solution.place]
    versions = list(account.list("list_solution_versions", "solutionVersions", solutionArn=arn))
    newest = max(versions, key=lambda one: one["creationDateTime"], default=None)
    if newest is not None and "FAILED" in newest["status"]:
        message = (
            f"the newest training of {solution.place.file} failed: {newest.get('failureReason', 'without reason')}"
        )
        hint = "Campaigns go on with the version before."
        account.findings.append(solution.place.find("training-failed", message, hint, severity="warning"))
    return [one for one in versions if one.get("trainingType") != "AUTOMATIC"]


def _find_gaps(moments: Iterable[datetime]) -> list[float]:
    """Seconds between neighbours."""
    ordered = sorted(moments)
    return [(later - earlier).total_seconds() for earlier, later in pairwise(ordered)]


def _find_rate(gaps: list[float]) -> str | None:
    """The median, in whole days or, below one, in whole hours."""
    if not gaps:
        return None
    hours = max(round(median(gaps) / 3_600), 1)
    number, unit = (max(round(hours / 24), 1), "day") if hours >= 20 else (hours, "hour")
    return f"rate({number} {unit}{'' if number == 1 else 's'})"


def read_batch(account: Account, found: Inventory) -> Iterator[Resource]:
    """One for all jobs whose names differ in their moment only, as the newest of them was."""
    solutions = {account.arns[one.place].rpartition("/")[2]: one.name for one in found.solutions}
    for kind, page in (("batchInferenceJob", "batch_inference_jobs"), ("batchSegmentJob", "batch_segment_jobs")):
        families: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for job in account.list(f"list_{page}", f"{kind}s"):
            solution = solutions.get(job["solutionVersionArn"].split("/")[1])
            if solution is not None:
                name = re.sub(r"[-_]?\d[\dTZ_:-]*$", "", job["jobName"]) or job["jobName"]
                families.setdefault((solution, name), []).append(job)
        for (solution, name), jobs in families.items():
            yield _describe_batch(account, kind, solution, name, jobs)


def _describe_batch(account: Account, kind: str, solution: str, name: str, jobs: list[dict[str, Any]]) -> Resource:
    newest = max(jobs, key=lambda job: job["creationDateTime"])
    arn = {f"{kind}Arn": newest[f"{kind}Arn"]}
    snake = "batch_segment_job" if kind == "batchSegmentJob" else "batch_inference_job"
    job = getattr(account.personalize, f"describe_{snake}")(**arn)[kind]
    kept = {member: value for member, value in job.items() if member in BATCH.known}
    schedule = _find_rate(_find_gaps(one["creationDateTime"] for one in jobs))
    half: Kind = "segment" if kind == "batchSegmentJob" else "inference"
    members = read_batch_members(half, kept, solution=solution, schedule=schedule)
    return Resource(name, members, Place(f"{snake.replace('_', ' ')} {newest['jobName']}"))


def find_idle(account: Account, found: Inventory) -> Iterator[Finding]:
    """Campaigns and recommenders that nobody asked for two weeks, although each second of them is billed."""
    if account.metrics is None:
        return
    owners = [("CampaignArn", one) for one in found.campaigns] + [("RecommenderArn", one) for one in found.recommenders]
    try:
        for dimension, one in owners:
            if not _count_requests(account, dimension, account.arns[one.place]):
                message = f"{one.place.file} answered no request in {IDLE_DAYS} days, and is billed for its minimum"
                hint = "Take it out of the project and delete it where nobody needs it."
                yield one.place.find("idle", message, hint, severity="warning")
    except (ClientError, BotoCoreError) as error:
        message = f"who is idle cannot be told: {error}"
        yield Place("CloudWatch").find(
            "idle-unknown", message, "Allow cloudwatch:GetMetricStatistics.", severity="warning"
        )


def _count_requests(account: Account, dimension: str, arn: str) -> float:
    end = datetime.fromtimestamp(account.now, UTC)
    total = 0.0
    for metric in _REQUESTS:
        answer = account.metrics.get_metric_statistics(
            Namespace="AWS/Personalize",
            MetricName=metric,
            Dimensions=[{"Name": dimension, "Value": arn}],
            StartTime=end - timedelta(days=IDLE_DAYS),
            EndTime=end,
            Period=IDLE_DAYS * _DAY_SECONDS,
            Statistics=["Sum"],
        )
        total += sum(point["Sum"] for point in answer["Datapoints"])
    return total
