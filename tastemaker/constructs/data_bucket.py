"""The bucket that datasets are imported from and batch results are written to, and the bucket of its access logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from tastemaker.constructs.preparation import RESULTS_PREFIX
from tastemaker.constructs.service_principals import confused_deputy_conditions
from tastemaker.plan.data_access import DATA_RIGHTS, PERSONALIZE
from tastemaker.plan.functions import ARCHIVE_PREFIXES

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms


_MODES = ("full", "incremental")
COLD_AFTER_DAYS = 30
"""Prepared and raw files stay readable at once: an import reads them where they are."""
BATCH_RESULTS_EXPIRE_DAYS = 180
ACCESS_LOGS_EXPIRE_DAYS = 365
ATHENA_RESULTS_EXPIRE_DAYS = 7


class DataBucket(Construct):
    """Versioned, encrypted with the data key, reachable over TLS only, open to Amazon Personalize of this account.

    Prefixes: `full/` and `incremental/` hold what is imported, `batch/` the results of batch jobs, `events/` and
    `action-interactions/` what was archived, `forget-evidence/` what was deleted for whom; the last one never expires.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        removal_policy: RemovalPolicy,
        archive_keep_days: int,
        announces_objects: bool = False,
        has_results: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self._removal_policy = removal_policy
        self.bucket = self._add(
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            server_access_logs_bucket=self._log_bucket(),
            server_access_logs_prefix="data/",
            lifecycle_rules=[*_lifecycle(archive_keep_days), *(_results_rules() if has_results else ())],
        )
        if announces_objects:
            self._announce_objects()
        of_bucket, of_objects = DATA_RIGHTS
        self._allow_personalize("PersonalizeBucket", [*of_bucket.actions], self.bucket.bucket_arn)
        self._allow_personalize("PersonalizeObjects", [*of_objects.actions], self.bucket.arn_for_objects("*"))

    def _log_bucket(self) -> s3.Bucket:
        """S3's own encryption: log delivery would need a customer managed key that is open to the logging service."""
        expire = s3.LifecycleRule(
            id="expire",
            expiration=Duration.days(ACCESS_LOGS_EXPIRE_DAYS),
            noncurrent_version_expiration=Duration.days(30),
        )
        return self._add("AccessLogs", encryption=s3.BucketEncryption.S3_MANAGED, lifecycle_rules=[expire])

    def _add(self, construct_id: str, **properties: object) -> s3.Bucket:
        return s3.Bucket(
            self,
            construct_id,
            versioned=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=self._removal_policy,
            # CloudFormation deletes empty buckets only.
            auto_delete_objects=self._removal_policy is RemovalPolicy.DESTROY,
            **properties,  # type: ignore[arg-type]
        )

    def _announce_objects(self) -> None:
        """To EventBridge, by the bucket's own property: CDK's switch would add a function for it."""
        bucket = self.bucket.node.default_child
        bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(  # type: ignore[union-attr]
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
        )

    def _allow_personalize(self, sid: str, actions: list[str], resource: str) -> None:
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal(PERSONALIZE)],
                actions=actions,
                resources=[resource],
                conditions=confused_deputy_conditions("personalize"),
            )
        )


def _results_rules() -> list[s3.LifecycleRule]:
    """Athena's own results; what an import reads is a copy."""
    expiration = Duration.days(ATHENA_RESULTS_EXPIRE_DAYS)
    return [s3.LifecycleRule(id="athena-results", prefix=RESULTS_PREFIX, expiration=expiration)]


def _lifecycle(archive_keep_days: int) -> list[s3.LifecycleRule]:
    """What was archived expires although nothing is archived any more."""
    cold = s3.Transition(
        storage_class=s3.StorageClass.INTELLIGENT_TIERING, transition_after=Duration.days(COLD_AFTER_DAYS)
    )
    return [
        s3.LifecycleRule(
            id="old-versions",
            noncurrent_version_expiration=Duration.days(90),
            abort_incomplete_multipart_upload_after=Duration.days(7),
        ),
        *(s3.LifecycleRule(id=f"{mode}-imports", prefix=f"{mode}/", transitions=[cold]) for mode in _MODES),
        s3.LifecycleRule(id="batch-results", prefix="batch/", expiration=Duration.days(BATCH_RESULTS_EXPIRE_DAYS)),
        *(
            s3.LifecycleRule(id=f"archived-{prefix[:-1]}", prefix=prefix, expiration=Duration.days(archive_keep_days))
            for prefix in ARCHIVE_PREFIXES
        ),
    ]
