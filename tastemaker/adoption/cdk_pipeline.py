"""Inputs of the CDK sample `Automating Personalized Experiences with Machine Learning using AWS MLOps`.

Source: README.md and personalize/sample_configs of github.com/aws-samples/automate-mlops-personalize-cdk-pipeline; the
name of a schema from personalize/infrastructure/constructs/schema.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tastemaker.adoption.inventory import FoundDataset, Inventory, Resource
from tastemaker.adoption.nodes import leave_out_doubles
from tastemaker.adoption.service_config import ServiceConfigs, check_training_mode, tell_obsolete

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.adoption.batch import Kind
    from tastemaker.adoption.nodes import Node

_JOBS: dict[str, tuple[Kind, str]] = {
    "batchInferenceJobs": ("inference", "createBatchInferenceJob"),
    "batchSegmentJobs": ("segment", "createBatchSegmentJob"),
}


def read_cdk_pipeline(root: Node) -> Inventory | None:
    """None, and findings, without a dataset group."""
    return _Reader(root).read()


class _Reader:
    """One input of the pipeline's state machine."""

    def __init__(self, root: Node) -> None:
        self.root, self.configs = root, ServiceConfigs()
        self.parts = root.mapping(
            "datasetGroup", "filters", "eventTracker", "solutions", "recommenders", "preprocessing"
        )  # fmt: skip
        self.campaigns: list[Resource] = []
        self.batch: list[Resource] = []

    def read(self) -> Inventory | None:
        group = self.configs.read(self.parts["datasetGroup"], beside=("datasets",))
        if group is None:
            return None
        findings = self.root.findings
        self.preprocessing()
        solutions = leave_out_doubles(list(self.solutions()), findings)
        return Inventory(
            group=group,
            datasets=tuple(self.datasets(self.parts["datasetGroup"].child("datasets"), group.name)),
            event_tracker=self.configs.read(self.parts.get("eventTracker")),
            filters=self.plain("filters"),
            solutions=solutions,
            campaigns=leave_out_doubles(self.campaigns, findings),
            recommenders=self.plain("recommenders", "createRecommender"),
            batch=leave_out_doubles(self.batch, findings),
            tags=self.configs.finish_tags(self.root),
        )

    def entries(self, parts: dict[str, Node], section: str, switch: str = "") -> Iterator[Node]:
        """The entries of a list that are not switched off."""
        for one in parts[section].entries() if section in parts else []:
            if isinstance(one.value, dict) and switch and one.value.get(switch) is False:
                hint = "Declare it in the project file where you want it."
                one.warn("switched-off", f"{one.words} is left out: {switch} is false", hint)
            else:
                yield one

    def plain(self, section: str, switch: str = "") -> tuple[Resource, ...]:
        beside = (switch,) if switch else ()
        found = [self.configs.read(one, beside=beside) for one in self.entries(self.parts, section, switch)]
        return leave_out_doubles([one for one in found if one is not None], self.root.findings)

    def preprocessing(self) -> None:
        if "preprocessing" in self.parts:
            message = "the rows are prepared by an AWS Glue job, which is left out"
            hint = "Let it write to the data bucket, or say it in SQL: datasets.*.sql."
            self.parts["preprocessing"].refuse("not-carried-over", message, hint)

    def datasets(self, node: Node, group: str) -> Iterator[FoundDataset]:
        for one in node.entries():
            parts = one.mapping("type", "schema", "dataset", "datasetImportJob")
            dataset_type = str(parts["type"].value).upper() if "type" in parts else ""
            found = self.configs.dataset(dataset_type, parts.get("dataset"), parts.get("schema"), "schemaVersion")
            if found is not None:
                schema = parts["schema"].mapping()
                version = str(schema["schemaVersion"].value) if "schemaVersion" in schema else ""
                name = f"{group}-{found.schema.name}-{version}" if version else ""
                named = replace(found.schema, name=name)
                yield replace(found, schema=named, location=self.location(parts.get("datasetImportJob")))

    def location(self, node: Node | None) -> str:
        """Empty for a placeholder."""
        config = node.mapping("serviceConfig", "createNewJob").get("serviceConfig") if node is not None else None
        parts = config.mapping("dataSource", "roleArn", "tags", "importMode", "jobName") if config is not None else {}
        source = parts["dataSource"].mapping("dataLocation") if "dataSource" in parts else {}
        location = source.get("dataLocation")
        if location is None:
            return ""
        if "<" in str(location.value):
            location.warn("placeholder", f"`{location.value}` holds a placeholder", "Write where the rows lie.")
            return ""
        return str(location.value)

    def solutions(self) -> Iterator[Resource]:
        for node in self.entries(self.parts, "solutions"):
            found = self.configs.read(node, beside=("solutionVersion", "campaigns", *_JOBS))
            if found is None:
                continue
            parts = node.mapping()
            if "solutionVersion" in parts:
                self.version(parts["solutionVersion"], found)
            for one in self.entries(parts, "campaigns", "createCampaign"):
                self.campaign(one, found)
            for section, (kind, switch) in _JOBS.items():
                for one in self.entries(parts, section, switch):
                    job = self.configs.batch(one, kind, found.name, switch, schedule=None, name=f"{found.name}-{kind}")
                    self.batch += [] if job is None else [job]
            yield found

    def version(self, node: Node, solution: Resource) -> None:
        config = node.mapping("createNewSolutionVersion", "serviceConfig").get("serviceConfig")
        parts = config.mapping("trainingMode", "tags", "name") if config is not None else {}
        check_training_mode(parts.get("trainingMode"), solution)
        tell_obsolete(parts.get("tags"), "versions carry no tags of their own")

    def campaign(self, node: Node, solution: Resource) -> None:
        found = self.configs.read(node, beside=("createCampaign", "solutionversion"))
        if found is None:
            return
        pinned = node.value.get("solutionversion")
        if pinned:
            message = f"{node.words} is pinned to solution version {pinned}, which is left out"
            hint = "The release gate decides; `tastemaker rollback` puts an earlier version back."
            node.child("solutionversion").refuse("not-carried-over", message, hint)
        self.campaigns.append(replace(found, members={**found.members, "solution": solution.name}))
