"""Athena over the raw data: a catalogue of the sources, and a workgroup that bounds what a query may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from constructs import Construct

if TYPE_CHECKING:
    from tastemaker.constructs.token_values import DataReferences
    from tastemaker.plan.specs import PreparationSpec, TableSpec

RESULTS_PREFIX = "athena/"
_HIVE = "org.apache.hadoop.hive.ql.io"
_FORMATS = {
    "parquet": (
        f"{_HIVE}.parquet.MapredParquetInputFormat",
        f"{_HIVE}.parquet.MapredParquetOutputFormat",
        f"{_HIVE}.parquet.serde.ParquetHiveSerDe",
    ),
    "csv": (
        "org.apache.hadoop.mapred.TextInputFormat",
        f"{_HIVE}.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hadoop.hive.serde2.OpenCSVSerde",
    ),
}
"""Format to input format, output format and SerDe. Source: Athena user guide, "Use SerDe libraries"."""


class Preparation(Construct):
    """Nothing here costs anything but the terabytes that queries read."""

    def __init__(self, scope: Construct, construct_id: str, *, spec: PreparationSpec, data: DataReferences) -> None:
        super().__init__(scope, construct_id)
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Aws.ACCOUNT_ID,
            database_input=glue.CfnDatabase.DatabaseInputProperty(name=spec.database),
        )
        for name, table in spec.tables.items():
            self._add_table(spec, name, table).add_dependency(database)
        self._add_work_group(spec, data)

    def _add_table(self, spec: PreparationSpec, name: str, table: TableSpec) -> glue.CfnTable:
        reads, writes, serde = _FORMATS[table.format]
        header = {"skip.header.line.count": "1"} if table.format == "csv" else {}
        storage = glue.CfnTable.StorageDescriptorProperty(
            columns=[glue.CfnTable.ColumnProperty(name=one.lower(), type=kind) for one, kind in table.columns.items()],
            location=f"s3://{spec.bucket}/{table.prefix}",
            input_format=reads,
            output_format=writes,
            serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library=serde),
        )
        return glue.CfnTable(
            self,
            f"{name}Table",
            catalog_id=Aws.ACCOUNT_ID,
            database_name=spec.database,
            table_input=glue.CfnTable.TableInputProperty(
                name=name.lower(),
                table_type="EXTERNAL_TABLE",
                parameters={"classification": table.format, **header},
                storage_descriptor=storage,
            ),
        )

    def _add_work_group(self, spec: PreparationSpec, data: DataReferences) -> None:
        results = athena.CfnWorkGroup.ResultConfigurationProperty(
            output_location=f"s3://{data.bucket_name}/{RESULTS_PREFIX}",
            encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                encryption_option="SSE_KMS", kms_key=data.key_arn
            ),
            expected_bucket_owner=Aws.ACCOUNT_ID,
        )
        athena.CfnWorkGroup(
            self,
            "WorkGroup",
            name=spec.work_group,
            description="Prepares the raw data for imports",
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                bytes_scanned_cutoff_per_query=spec.maximum_scanned_bytes,
                publish_cloud_watch_metrics_enabled=True,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=results,
            ),
        )
