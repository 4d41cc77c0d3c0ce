"""Physical names of everything on AWS, in one place.

Amazon Personalize names are unique per account and Region and become part of the ARN (reference §1.2), so each carries
the project and the environment. What the API cannot change in place (filters, schemas) carries a hash of its content:
an edit makes a new resource beside the old one instead of a collision.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tastemaker.model.existing import ExistingNames
from tastemaker.plan.tokens import personalize_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.model.existing import ExistingVersion

MAX_NAME_LENGTH = 63
"""Source: API reference, shape Name."""


def content_hash(value: Any) -> str:
    """Eight hex digits that depend on the content only, not on key order."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Names:
    """Names for one project in one environment; `prefix` is `<project>-<environment>`.

    Attributes:
        existing: names of what was there before the project; each takes the place of the name by rule.
    """

    project: str
    environment: str
    dataset_group: str
    existing: ExistingNames = field(default_factory=ExistingNames)

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
        by_rule = self.hashed(dataset_type.lower().replace("_", "-"), avro)
        return _while_unchanged(self.existing.schemas, dataset_type.lower(), avro, by_rule)

    def schema_arn(self, dataset_type: str, avro: Mapping[str, Any]) -> str:
        return personalize_arn(f"schema/{self.schema(dataset_type, avro)}")

    def dataset(self, dataset_type: str) -> str:
        key = dataset_type.lower()
        return self.existing.datasets.get(key, self.own(key))

    def dataset_arn(self, dataset_type: str) -> str:
        """Built from the group's name and the upper-case type, not from the dataset's name (reference §1.2)."""
        return personalize_arn(f"dataset/{self.dataset_group}/{dataset_type}")

    def event_tracker(self, name: str) -> str:
        return self.existing.event_tracker or self.own(name)

    def filter(self, name: str, expression: str) -> str:
        return _while_unchanged(self.existing.filters, name, expression, self.hashed(name, expression))

    def filter_arn(self, name: str, expression: str) -> str:
        return personalize_arn(f"filter/{self.filter(name, expression)}")

    def solution(self, name: str) -> str:
        return self.existing.solutions.get(name, self.own(name))

    def solution_arn(self, name: str) -> str:
        return personalize_arn(f"solution/{self.solution(name)}")

    def campaign(self, name: str) -> str:
        return self.existing.campaigns.get(name, self.own(name))

    def campaign_arn(self, name: str) -> str:
        return personalize_arn(f"campaign/{self.campaign(name)}")

    def recommender(self, name: str) -> str:
        return self.existing.recommenders.get(name, self.own(name))

    def recommender_arn(self, name: str) -> str:
        return personalize_arn(f"recommender/{self.recommender(name)}")

    def metric_attribution(self, name: str) -> str:
        return self.existing.metric_attribution or self.own(name)

    @property
    def tracking_id_parameter(self) -> str:
        """SSM parameter through which `ensure` tells the event handler the tracking id, an opaque value."""
        return f"/tastemaker/{self.project}/{self.environment}/tracking-id"


def _while_unchanged(existing: Mapping[str, ExistingVersion], key: str, content: Any, by_rule: str) -> str:
    """The existing resource's name as long as the content is the one that it was created with."""
    found = existing.get(key)
    return found.name if found is not None and found.content_hash == content_hash(content) else by_rule
