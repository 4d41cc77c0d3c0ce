"""Parameter files of AWS's retired solution `Maintaining Personalized Experiences with Machine Learning`.

Source: README.md and the allowed keys in source/aws_lambda/shared/personalize_service.py of
github.com/aws-solutions/maintaining-personalized-experiences-with-machine-learning, release 1.4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tastemaker.adoption.inventory import FoundDataset, FoundSchedules, Inventory, Resource
from tastemaker.adoption.nodes import leave_out_doubles
from tastemaker.adoption.service_config import (
    ServiceConfigs,
    check_training_mode,
    check_update,
    read_tags,
    tell_obsolete,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.adoption.batch import Kind
    from tastemaker.adoption.nodes import Node

_AGE = "it was the age up to which a finished import, version or job was taken for done; schedules say when now"
_JOBS: dict[str, Kind] = {"batchInferenceJobs": "inference", "batchSegmentJobs": "segment"}
_TYPES = ("interactions", "items", "users")


def read_maintaining(root: Node) -> Inventory | None:
    """None, and findings, without a dataset group."""
    parts = root.mapping(
        "datasetGroup", "datasets", "eventTracker", "filters", "recommenders", "solutions", "tags"
    )  # fmt: skip
    configs = ServiceConfigs(read_tags(parts["tags"]) if "tags" in parts else {})
    return _Reader(root, parts, configs).read()


class _Reader:
    """One file; schedules are collected while solutions are read."""

    def __init__(self, root: Node, parts: dict[str, Node], configs: ServiceConfigs) -> None:
        self.root, self.parts, self.configs = root, parts, configs
        self.full: list[tuple[str, Node]] = []
        self.update: list[tuple[str, Node]] = []
        self.campaigns: list[Resource] = []
        self.batch: list[Resource] = []
        self.group_name = ""

    def read(self) -> Inventory | None:
        node = self.parts["datasetGroup"]
        group = self.configs.read(node, beside=("workflowConfig",))
        if group is None:
            return None
        self.group_name = group.name
        findings = self.root.findings
        datasets = tuple(self.datasets())
        tracker = self.configs.read(self.parts.get("eventTracker"))
        filters = self.plain("filters")
        solutions = leave_out_doubles(list(self.solutions()), findings)
        return Inventory(
            group=group,
            datasets=datasets,
            event_tracker=tracker,
            filters=filters,
            solutions=solutions,
            campaigns=leave_out_doubles(self.campaigns, findings),
            recommenders=self.plain("recommenders"),
            batch=leave_out_doubles(self.batch, findings),
            schedules=self.schedules(node.mapping().get("workflowConfig")),
            tags=self.configs.finish_tags(self.root),
        )

    def plain(self, section: str) -> tuple[Resource, ...]:
        """A list of entries that hold a serviceConfig and nothing else."""
        entries = self.parts[section].entries() if section in self.parts else []
        found = [self.configs.read(one) for one in entries]
        return leave_out_doubles([one for one in found if one is not None], self.root.findings)

    def datasets(self) -> Iterator[FoundDataset]:
        if "datasets" not in self.parts:
            return
        parts = self.parts["datasets"].mapping("serviceConfig", *_TYPES)
        if "serviceConfig" in parts:
            self.check_imports(parts["serviceConfig"])
        for kind in _TYPES:
            if kind in parts:
                inside = parts[kind].mapping("dataset", "schema")
                found = self.configs.dataset(kind.upper(), inside.get("dataset"), inside.get("schema"))
                if found is not None:
                    yield found

    def check_imports(self, node: Node) -> None:
        """What holds for all import jobs."""
        parts = node.mapping("importMode", "tags", "publishAttributionMetricsToS3")
        mode = parts.get("importMode")
        if mode is not None and mode.value != "FULL":
            hint = "The full run imports FULL, the incremental run INCREMENTAL, from folders of their own."
            mode.refuse("wrong-value", f"the tool knows no importMode but FULL, not {mode.value}", hint)
        tell_obsolete(parts.get("tags"), "import jobs carry the project's own tags")
        tell_obsolete(parts.get("publishAttributionMetricsToS3"), "`metricAttribution` reports by itself")

    def solutions(self) -> Iterator[Resource]:
        for node in self.parts["solutions"].entries() if "solutions" in self.parts else []:
            found = self.configs.read(
                node, beside=("workflowConfig", "campaigns", *_JOBS), inside=("solutionVersion",)
            )  # fmt: skip
            if found is None:
                continue
            parts = node.mapping()
            if "solutionVersion" in node.value["serviceConfig"]:
                self.version(node.child("serviceConfig").child("solutionVersion"), found)
            self.workflow(parts.get("workflowConfig"), found)
            for one in parts["campaigns"].entries() if "campaigns" in parts else []:
                self.campaign(one, found)
            for section, kind in _JOBS.items():
                for number, one in enumerate(parts[section].entries() if section in parts else [], start=1):
                    self.job(one, kind, found, found.name if number == 1 else f"{found.name}-{number}")
            yield found

    def version(self, node: Node, solution: Resource) -> None:
        parts = node.mapping("name", "trainingMode", "tags")
        check_training_mode(parts.get("trainingMode"), solution)
        tell_obsolete(parts.get("name"), "the service names versions")
        tell_obsolete(parts.get("tags"), "versions carry no tags of their own")

    def workflow(self, node: Node | None, solution: Resource) -> None:
        if node is None:
            return
        parts = node.mapping("schedules", "maxAge")
        tell_obsolete(parts.get("maxAge"), _AGE)
        schedules = parts["schedules"].mapping("full", "update", "maxAge") if "schedules" in parts else {}
        tell_obsolete(schedules.get("maxAge"), _AGE)
        for key, collected in (("full", self.full), ("update", self.update)):
            expression = schedules[key].expression() if key in schedules else None
            if expression is not None:
                collected.append((expression, schedules[key]))
                if key == "update":
                    check_update(schedules[key], solution, f"at {expression}")

    def campaign(self, node: Node, solution: Resource) -> None:
        found = self.configs.read(node)
        if found is not None:
            self.campaigns.append(replace(found, members={**found.members, "solution": solution.name}))

    def job(self, node: Node, kind: Kind, solution: Resource, name: str) -> None:
        """The solution names jobs by itself, and looks for their input at a place of its own."""
        parts = node.mapping() if isinstance(node.value, dict) else {}
        workflow = parts["workflowConfig"].mapping("schedule", "maxAge") if "workflowConfig" in parts else {}
        tell_obsolete(workflow.get("maxAge"), _AGE)
        schedule = workflow["schedule"].expression() if "schedule" in workflow else None
        found = self.configs.batch(node, kind, solution.name, "workflowConfig", schedule=schedule, name=name)
        if found is not None:
            key = f"batch/{self.group_name}/{solution.name}/job_config.json"
            self.batch.append(replace(found, members={**found.members, "input": key}))

    def schedules(self, node: Node | None) -> FoundSchedules:
        imports = self.imports(node)
        for expression, other in self.full[1:]:
            if expression != self.full[0][0]:
                message = f"solutions are trained at different times; {self.full[0][0]} is taken for all of them"
                other.warn("schedules-differ", message, "`schedules.full` imports once and trains every solution.")
        incremental = self.update[0][0] if self.update else imports
        full = self.full[0][0] if self.full else None
        return FoundSchedules(full, incremental, "As in the configuration that was adopted.")

    def imports(self, node: Node | None) -> str | None:
        if node is None:
            return None
        parts = node.mapping("schedules", "maxAge")
        tell_obsolete(parts.get("maxAge"), _AGE)
        schedules = parts["schedules"].mapping("import") if "schedules" in parts else {}
        if "import" not in schedules:
            return None
        expression = schedules["import"].expression()
        if expression is not None:
            message = f"imports at {expression} read everything anew; `schedules.incremental` reads new rows only"
            hint = "Put new rows below incremental/<dataset>/ in the data bucket; the full run reads full/<dataset>/."
            schedules["import"].warn("imports-differ", message, hint)
        return expression
