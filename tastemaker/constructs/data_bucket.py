"""The bucket that datasets are imported from and batch results are written to, and the bucket of its access logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from tastemaker.constructs.personalize_role import (
    BUCKET_ACTIONS,
    OBJECT_ACTIONS,
    PERSONALIZE,
    confused_deputy_conditions,
)

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms


class DataBucket(Construct):
    """Versioned, encrypted with the data key, reachable over TLS only, open to Amazon Personalize of this account."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, removal_policy: RemovalPolicy) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            versioned=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=self._log_bucket(removal_policy),
            server_access_logs_prefix="data/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="old-versions",
                    noncurrent_version_expiration=Duration.days(90),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
            removal_policy=removal_policy,
        )
        self._allow_personalize("PersonalizeBucket", BUCKET_ACTIONS, self.bucket.bucket_arn)
        self._allow_personalize("PersonalizeObjects", OBJECT_ACTIONS, self.bucket.arn_for_objects("*"))

    def _log_bucket(self, removal_policy: RemovalPolicy) -> s3.Bucket:
        """S3's own encryption: log delivery would need a customer managed key that is open to the logging service."""
        return s3.Bucket(
            self,
            "AccessLogs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            versioned=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="expire", expiration=Duration.days(365), noncurrent_version_expiration=Duration.days(30)
                )
            ],
            removal_policy=removal_policy,
        )

    def _allow_personalize(self, sid: str, actions: list[str], resource: str) -> None:
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal(PERSONALIZE)],
                actions=actions,
                resources=[resource],
                conditions=confused_deputy_conditions(),
            )
        )
