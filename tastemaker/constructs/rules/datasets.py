"""Rules about dataset groups and datasets."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tastemaker.constructs.rules.base import Rule, Severity, Violation
from tastemaker.constructs.rules.declared import declared
from tastemaker.constructs.rules.schemas import SCHEMA, read_literal
from tastemaker.facts.limits import MAX_FILTERS, MAX_SOLUTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.constructs.rules.templates import Resource, Templates

GROUP, DATASET = "AWS::Personalize::DatasetGroup", "AWS::Personalize::Dataset"
_TYPES = ("Interactions", "Items", "Users")
_KEPT = ("Retain", "RetainExceptOnCreate")
_MOST = {"AWS::Personalize::Solution": MAX_SOLUTIONS, "AWS::Personalize::Filter": MAX_FILTERS}


def group_of(templates: Templates, resource: Resource) -> Resource | None:
    """The dataset group that a resource names; None when it is not in the app."""
    return templates.find(resource.properties.get("DatasetGroupArn"), resource.template, GROUP)


def _check_types(templates: Templates) -> Iterator[Violation]:
    for dataset in templates.of_type(DATASET):
        written = dataset.properties.get("DatasetType")
        if isinstance(written, str) and written.upper() not in {name.upper() for name in _TYPES}:
            message = f"CloudFormation knows no dataset type {written}, only {', '.join(_TYPES)}"
            yield Violation(dataset, "Properties.DatasetType", message)


def _check_twice(templates: Templates) -> Iterator[Violation]:
    seen: Counter[tuple[Resource, str]] = Counter()
    for dataset in templates.of_type(DATASET):
        group = group_of(templates, dataset)
        if group is not None:
            key = (group, str(dataset.properties.get("DatasetType", "")).upper())
            seen[key] += 1
            if seen[key] > 1:
                message = f"the dataset group {group.logical_id} already has a dataset of type {key[1]}"
                yield Violation(dataset, "Properties.DatasetType", message)


def _check_schema(templates: Templates) -> Iterator[Violation]:
    for dataset in templates.of_type(DATASET):
        schema = templates.find(dataset.properties.get("SchemaArn"), dataset.template, SCHEMA)
        parsed = None if schema is None else read_literal(schema)
        written = str(dataset.properties.get("DatasetType", "")).upper()
        if parsed is not None and parsed.facts.type != written:
            message = f"the schema is one of {parsed.facts.type}, the dataset is {written}"
            yield Violation(dataset, "Properties.SchemaArn", message)


def _check_domain(templates: Templates) -> Iterator[Violation]:
    for dataset in templates.of_type(DATASET):
        schema = templates.find(dataset.properties.get("SchemaArn"), dataset.template, SCHEMA)
        group = group_of(templates, dataset)
        if schema is None or group is None:
            continue
        theirs, ours = schema.properties.get("Domain"), group.properties.get("Domain")
        if theirs != ours:
            message = f"the schema's domain is {theirs or 'none'}, the dataset group's is {ours or 'none'}"
            yield Violation(dataset, "Properties.SchemaArn", message)


def _check_import(templates: Templates) -> Iterator[Violation]:
    for dataset in templates.of_type(DATASET):
        if "DatasetImportJob" in dataset.properties:
            message = "the stack waits for the import, up to 36 hours, and each change of it replaces all records"
            yield Violation(dataset, "Properties.DatasetImportJob", message)


def _check_kept(templates: Templates) -> Iterator[Violation]:
    for dataset in templates.of_type(DATASET):
        if dataset.deletion_policy not in _KEPT:
            message = "deleting or replacing it deletes its records, streamed events included"
            yield Violation(dataset, "DeletionPolicy", message)


def _check_key(templates: Templates) -> Iterator[Violation]:
    for group in declared(templates, "DatasetGroup"):
        if not group.may_have("KmsKeyArn"):
            message = (
                "users' data are encrypted with a key that the account does not govern; it cannot be changed later"
            )
            yield Violation(group.resource, group.location, message)


def _check_role(templates: Templates) -> Iterator[Violation]:
    for group in declared(templates, "DatasetGroup"):
        if group.values is not None and group.may_have("KmsKeyArn") and not group.may_have("RoleArn"):
            yield Violation(group.resource, group.at("KmsKeyArn"), "a key is given without a role that may use it")


def _check_quota(templates: Templates) -> Iterator[Violation]:
    seen: Counter[tuple[str, Resource]] = Counter()
    for resource in templates.of_type(*_MOST):
        group = group_of(templates, resource)
        if group is not None:
            seen[resource.type, group] += 1
            if seen[resource.type, group] == _MOST[resource.type] + 1:
                kind = resource.type.rpartition("::")[2].lower()
                message = f"a dataset group has at most {_MOST[resource.type]} {kind}s; this is one more"
                yield Violation(resource, "Properties.DatasetGroupArn", message)


_SCHEMAS = "developer guide, custom-datasets-and-schemas"
TYPE = Rule(
    "dataset-type", "CloudFormation can create the dataset.", "Create it by the API.",
    "CloudFormation, AWS::Personalize::Dataset", Severity.ERROR, _check_types,
)  # fmt: skip
TWICE = Rule(
    "dataset-twice", "A dataset group has one dataset of a type.", "Join the two, or add a dataset group.",
    _SCHEMAS, Severity.ERROR, _check_twice,
)  # fmt: skip
SCHEMA_KIND = Rule(
    "dataset-schema", "A dataset's schema is of its type.", "Name the schema after the dataset type.",
    _SCHEMAS, Severity.ERROR, _check_schema,
)  # fmt: skip
DOMAIN = Rule(
    "dataset-domain", "Schema and dataset group have the same domain.", "Give both the same Domain, or none.",
    "developer guide, domain-or-custom", Severity.ERROR, _check_domain,
)  # fmt: skip
IMPORT = Rule(
    "dataset-import", "Data are imported by a workflow, not by a deployment.",
    "Remove DatasetImportJob and start CreateDatasetImportJob from a state machine.",
    "CloudFormation, AWS::Personalize::Dataset", Severity.WARNING, _check_import,
)  # fmt: skip
KEPT = Rule(
    "dataset-kept", "A dataset outlives its stack.", "Set DeletionPolicy to Retain: its properties are create-only.",
    "CloudFormation, AWS::Personalize::Dataset", Severity.WARNING, _check_kept,
)  # fmt: skip
KEY = Rule(
    "group-key", "A dataset group has a key of the account.", "Give KmsKeyArn and RoleArn.",
    "developer guide, data-encryption", Severity.WARNING, _check_key,
)  # fmt: skip
ROLE = Rule(
    "group-role", "A dataset group with a key has a role.", "Give RoleArn.",
    "API, CreateDatasetGroup", Severity.ERROR, _check_role,
)  # fmt: skip
QUOTA = Rule(
    "group-quota", "A dataset group stays within its quotas.", "Ask for a higher quota and acknowledge this, or split.",
    "developer guide, limits", Severity.WARNING, _check_quota,
)  # fmt: skip
