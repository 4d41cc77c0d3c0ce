"""Physical names of everything on AWS, in one place.

Amazon Personalize names are unique per account and Region and become part of the ARN (reference §1.2), so each carries
the project and the environment. What the API cannot change in place (filters, schemas) carries a hash of its content:
an edit makes a new resource beside the old one instead of a collision.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.plan.tokens import personalize_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAME_LENGTH = 63
"""Source: API reference, shape Name."""


def content_hash(value: Any) -> str:
    """Eight hex digits that depend on the content only, not on key order."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Names:
    """Names for one project in one environment; `prefix` is `<project>-<environment>`."""

    project: str
    environment: str
    dataset_group: str

    @property
    def prefix(self) -> str:
        return f"{self.project}-{self.environment}"

    def own(self, name: str) -> str:
        """A solution, campaign, event tracker, state machine … of this project."""
        return f"{self.prefix}-{name}"

    def hashed(self, name: str, content: Any) -> str:
        """A filter or schema: the content is part of the name."""
        return f"{self.prefix}-{name}-{content_hash(content)}"

    @property
    def dataset_group_arn(self) -> str:
        return personalize_arn(f"dataset-group/{self.dataset_group}")

    def schema(self, dataset_type: str, avro: Mapping[str, Any]) -> str:
        return self.hashed(dataset_type.lower().replace("_", "-"), avro)

    def schema_arn(self, dataset_type: str, avro: Mapping[str, Any]) -> str:
        return personalize_arn(f"schema/{self.schema(dataset_type, avro)}")

    def dataset_arn(self, dataset_type: str) -> str:
        """Built from the group's name and the upper-case type, not from the dataset's name (reference §1.2)."""
        return personalize_arn(f"dataset/{self.dataset_group}/{dataset_type}")

    def filter_arn(self, name: str, expression: str) -> str:
        return personalize_arn(f"filter/{self.hashed(name, expression)}")

    def solution_arn(self, name: str) -> str:
        return personalize_arn(f"solution/{self.own(name)}")

    def campaign_arn(self, name: str) -> str:
        return personalize_arn(f"campaign/{self.own(name)}")

    def recommender_arn(self, name: str) -> str:
        return personalize_arn(f"recommender/{self.own(name)}")

    @property
    def tracking_id_parameter(self) -> str:
        """SSM parameter through which `ensure` tells the event handler the tracking id, an opaque value."""
        return f"/tastemaker/{self.project}/{self.environment}/tracking-id"
