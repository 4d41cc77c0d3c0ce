"""Cases of rules about dataset groups, datasets, schemas, names and filters."""

from __future__ import annotations

import json
from typing import Any

from tests.support.rule_cases.case import Case, calling, personalize, ref, template

GROUP = personalize("DatasetGroup", Name="shop", KmsKeyArn=ref("Key"), RoleArn=ref("Role"))
FIELDS = [("USER_ID", "string"), ("ITEM_ID", "string"), ("TIMESTAMP", "long")]
LONG = " " * 10_000
UNSEEN = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'


def avro(name: str, *fields: tuple[str, Any], **last: Any) -> str:
    """Schema text; `last` are attributes of the last field."""
    columns: list[dict[str, Any]] = [{"name": field, "type": kind} for field, kind in fields]
    columns[-1] |= last
    return json.dumps({"type": "record", "name": name, "fields": columns, "version": "1.0"})


INTERACTIONS = personalize("Schema", Name="interactions", Schema=avro("Interactions", *FIELDS))
ITEMS = personalize(
    "Schema", Name="items", Schema=avro("Items", ("ITEM_ID", "string"), ("GENRES", "string"), categorical=True)
)


def dataset(kind: str, schema: str = "Schema", **more: Any) -> dict[str, Any]:
    found = personalize(
        "Dataset", Name="d", DatasetGroupArn=ref("Group"), SchemaArn=ref(schema), DatasetType=kind, **more
    )
    return {**found, "DeletionPolicy": "Retain"}


def group(**resources: Any) -> dict[str, Any]:
    return template(Group=GROUP, Schema=INTERACTIONS, Items=ITEMS, **resources)


def schema(text: str, **more: Any) -> dict[str, Any]:
    return template(Schema=personalize("Schema", Name="s", Schema=text, **more))


def filters(count: int, expression: str = UNSEEN) -> dict[str, Any]:
    return {
        f"Filter{at}": personalize("Filter", Name=f"f{at}", DatasetGroupArn=ref("Group"), FilterExpression=expression)
        for at in range(count)
    }


def tracker(name: str) -> dict[str, Any]:
    return template(Tracker=personalize("EventTracker", Name=name, DatasetGroupArn=ref("Group")))


DATA_CASES = (
    Case(
        "group-key",
        template(Group=personalize("DatasetGroup", Name="shop")),
        ("Group", "Properties"),
        "users' data are encrypted with a key that the account does not govern; it cannot be changed later",
        template(Group=GROUP),
    ),
    Case(
        "group-role",
        template(Group=personalize("DatasetGroup", Name="shop", KmsKeyArn=ref("Key"))),
        ("Group", "Properties.KmsKeyArn"),
        "a key is given without a role that may use it",
        template(Group=GROUP),
    ),
    Case(
        "group-quota",
        group(**filters(31)),
        ("Filter30", "Properties.DatasetGroupArn"),
        "a dataset group has at most 30 filters; this is one more",
        group(**filters(30)),
    ),
    Case(
        "dataset-type",
        group(Actions=dataset("Actions")),
        ("Actions", "Properties.DatasetType"),
        "CloudFormation knows no dataset type Actions, only Interactions, Items, Users",
        group(Dataset=dataset("INTERACTIONS")),
    ),
    Case(
        "dataset-twice",
        group(One=dataset("Interactions"), Two=dataset("INTERACTIONS")),
        ("Two", "Properties.DatasetType"),
        "the dataset group Group already has a dataset of type INTERACTIONS",
        group(One=dataset("Interactions"), Two=dataset("Items", "Items")),
    ),
    Case(
        "dataset-schema",
        group(Dataset=dataset("Users")),
        ("Dataset", "Properties.SchemaArn"),
        "the schema is one of INTERACTIONS, the dataset is USERS",
        group(Dataset=dataset("Interactions")),
    ),
    Case(
        "dataset-domain",
        template(
            Group=personalize("DatasetGroup", Name="shop", Domain="ECOMMERCE"),
            Schema=INTERACTIONS,
            Dataset=dataset("Interactions"),
        ),
        ("Dataset", "Properties.SchemaArn"),
        "the schema's domain is none, the dataset group's is ECOMMERCE",
        group(Dataset=dataset("Interactions")),
    ),
    Case(
        "dataset-import",
        group(Dataset=dataset("Interactions", DatasetImportJob={"JobName": "first"})),
        ("Dataset", "Properties.DatasetImportJob"),
        "the stack waits for the import, up to 36 hours, and each change of it replaces all records",
        group(Dataset=dataset("Interactions")),
    ),
    Case(
        "dataset-kept",
        group(Dataset={**dataset("Interactions"), "DeletionPolicy": "Delete"}),
        ("Dataset", "DeletionPolicy"),
        "deleting or replacing it deletes its records, streamed events included",
        group(Dataset=dataset("Interactions")),
    ),
    Case(
        "schema-invalid",
        schema(avro("Interactions", *FIELDS[:2])),
        ("Schema", "Properties.Schema"),
        "The Interactions schema is missing the required fields: [TIMESTAMP].",
        schema(avro("Interactions", *FIELDS)),
    ),
    Case(
        "schema-invalid",
        schema(avro("Interactions", *FIELDS, ("EVENT_VALUE", "string"))),
        ("Schema", "Properties.Schema"),
        "Reserved field EVENT_VALUE must be of type float.",
        schema(avro("Interactions", *FIELDS, ("EVENT_VALUE", "float"))),
    ),
    Case(
        "schema-invalid",
        schema(avro("Interactions", *FIELDS), Domain="ECOMMERCE"),
        ("Schema", "Properties.Schema"),
        "The Interactions schema is missing the required fields: [EVENT_TYPE].",
        schema(avro("Interactions", *FIELDS, ("EVENT_TYPE", "string")), Domain="ECOMMERCE"),
    ),
    Case(
        "schema-length",
        schema(avro("Interactions", *FIELDS) + LONG),
        ("Schema", "Properties.Schema"),
        f"the schema has {len(avro('Interactions', *FIELDS)) + 10_000} characters; CloudFormation takes 10000",
        schema(avro("Interactions", *FIELDS)),
    ),
    Case(
        "schema-unused-column",
        schema(avro("Items", ("ITEM_ID", "string"), ("GENRES", "string"))),
        ("Schema", "Properties.Schema"),
        "column GENRES is string without a mark: no recipe learns from it",
        template(Schema=ITEMS),
    ),
    Case(
        "resource-name",
        tracker("a" * 64),
        ("Tracker", "Properties.Name"),
        "the name has 64 characters; 63 are allowed",
        tracker("a" * 63),
    ),
    Case(
        "resource-name",
        calling("createCampaign", Name="für dich"),
        ("Machine", "Call.Name"),
        "'für dich' is no name: letters, digits, hyphens and underscores, a letter or digit first",
        calling("createCampaign", Name="{% $name %}"),
    ),
    Case(
        "job-name",
        calling("createDatasetImportJob", JobName="nightly"),
        ("Machine", "Call.JobName"),
        "the job name 'nightly' is written out: the second run finds it taken",
        calling("createDatasetImportJob", JobName="{% 'nightly-' & $states.context.Execution.Name %}"),
    ),
    Case(
        "filter-expression",
        group(**filters(1, "REMOVE ItemID")),
        ("Filter0", "Properties.FilterExpression"),
        "At character 1: expected INCLUDE or EXCLUDE, found REMOVE.",
        group(**filters(1)),
    ),
    Case(
        "filter-column",
        group(Dataset=dataset("Items", "Items"), **filters(1, 'INCLUDE ItemID WHERE Items.GENRE IN ("a")')),
        ("Filter0", "Properties.FilterExpression"),
        "At character 22: Items.GENRE is not a column of the ITEMS schema. Did you mean GENRES?",
        group(Dataset=dataset("Items", "Items"), **filters(1, 'INCLUDE ItemID WHERE Items.GENRES IN ("a")')),
    ),
)
