"""Where Amazon Personalize is. Source: AWS General Reference, personalize; reference §10."""

from __future__ import annotations

from typing import Final

REGIONS: Final = (
    "us-east-1", "us-east-2", "us-west-2", "ca-central-1", "eu-west-1", "eu-central-1", "ap-south-1", "ap-southeast-1",
    "ap-southeast-2", "ap-northeast-1", "ap-northeast-2",
)  # fmt: skip
"""Of the `aws` partition; control plane, events and runtime."""

REGIONS_IN_CHINA: Final = ("cn-north-1",)
"""Of the partition `aws-cn`."""
