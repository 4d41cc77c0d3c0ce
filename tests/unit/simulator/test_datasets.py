from __future__ import annotations

import json

from tests.support.simulator import INTERACTIONS_SCHEMA, ROLE, Lab, interactions_csv, refused

ARN = "arn:aws:personalize:us-east-1:123456789012:dataset/shop/INTERACTIONS"


def create(lab: Lab, group: str, schema: str, kind: str) -> str:
    params = {"name": "d", "schemaArn": schema, "datasetGroupArn": group, "datasetType": kind}
    arn: str = lab.control("CreateDataset", **params)["datasetArn"]
    return arn


def test_the_arn_carries_group_and_type_and_the_type_is_upper_case(lab: Lab) -> None:
    group = lab.group()
    assert create(lab, group, lab.schema(), "iNteractions") == ARN
    dataset = lab.control("DescribeDataset", datasetArn=ARN)["dataset"]
    assert (dataset["name"], dataset["datasetType"], dataset["status"]) == ("d", "INTERACTIONS", "CREATE PENDING")
    assert "latestDatasetUpdate" not in dataset


def test_there_is_one_dataset_per_type(lab: Lab) -> None:
    group = lab.group()
    lab.dataset(group)
    with refused("ResourceAlreadyExistsException", ARN):
        create(lab, group, lab.schema(name="other"), "INTERACTIONS")


def test_a_type_that_does_not_exist_is_invalid(lab: Lab) -> None:
    with refused("InvalidInputException", "datasetType 'Orders' must be one of: Interactions, Items, Users"):
        create(lab, lab.group(), lab.schema(), "Orders")


def test_schema_and_type_must_fit(lab: Lab) -> None:
    with refused("InvalidInputException", "is for Interactions, not for Items."):
        create(lab, lab.group(), lab.schema(), "Items")


def test_dangling_parents_are_refused(lab: Lab) -> None:
    absent = "arn:aws:personalize:us-east-1:123456789012:{}/absent"
    with refused("ResourceNotFoundException", absent.format("schema")):
        create(lab, lab.group(), absent.format("schema"), "Items")
    with refused("ResourceNotFoundException", absent.format("dataset-group")):
        create(lab, absent.format("dataset-group"), lab.schema(), "Items")


def test_the_group_must_be_active(lab: Lab) -> None:
    group = lab.control("CreateDatasetGroup", name="shop")["datasetGroupArn"]
    with refused("ResourceInUseException", "must be ACTIVE and is CREATE PENDING."):
        create(lab, group, lab.schema(), "Interactions")


def test_actions_are_refused_in_a_domain_group(lab: Lab) -> None:
    schema = lab.schema()
    domain = lab.control("CreateDatasetGroup", name="d", domain="ECOMMERCE")["datasetGroupArn"]
    lab.wait()
    with refused("InvalidInputException", "Datasets of type Actions are not available in a domain dataset group."):
        create(lab, domain, schema, "Actions")


def test_the_schema_must_have_the_domain_of_the_group(lab: Lab) -> None:
    domain = lab.control("CreateDatasetGroup", name="d", domain="ECOMMERCE")["datasetGroupArn"]
    lab.wait()
    with refused("InvalidInputException", "has domain none, the dataset group has ECOMMERCE."):
        create(lab, domain, lab.schema(), "Interactions")
    schema = lab.control("CreateSchema", name="e", domain="ECOMMERCE", schema=json.dumps(INTERACTIONS_SCHEMA))
    assert create(lab, domain, schema["schemaArn"], "Interactions").endswith("dataset/d/INTERACTIONS")


def test_a_dataset_with_a_running_import_cannot_be_deleted(lab: Lab) -> None:
    dataset = lab.dataset(lab.group())
    lab.objects.put("s3://bucket/a.csv", interactions_csv().encode())
    job = lab.control(
        "CreateDatasetImportJob",
        jobName="a",
        datasetArn=dataset,
        dataSource={"dataLocation": "s3://bucket/a.csv"},
        roleArn=ROLE,
    )["datasetImportJobArn"]
    with refused("ResourceInUseException", f"is used by {job}, which is CREATE PENDING."):
        lab.control("DeleteDataset", datasetArn=dataset)


def test_a_deleted_dataset_forgets_its_data(lab: Lab) -> None:
    group = lab.group()
    dataset = lab.dataset(group)
    lab.load(dataset, interactions_csv())
    lab.control("DeleteDataset", datasetArn=dataset)
    lab.wait()
    create(lab, group, lab.schema(name="again"), "Interactions")
    lab.wait()
    version = lab.version(lab.solution(group))
    described = lab.control("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    assert described["failureReason"] == "Dataset has fewer than 1000 interactions"
