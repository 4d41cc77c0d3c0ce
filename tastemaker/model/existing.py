"""Names that resources of an account have already and keep: what `tastemaker adopt` writes."""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

from typing import Annotated

from pydantic import Field

from tastemaker.model.declared import Declared, Name


class ExistingVersion(Declared):
    """A schema or filter, whose content cannot be changed in place.

    Attributes:
        content_hash: of what it was created with, eight hex digits. Once the project declares something else, a new
            resource with a name of the project's own takes its place.
    """

    name: Name
    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]


class ExistingNames(Declared):
    """Names on AWS that do not follow the project's own rule `<project>-<environment>-<key>`.

    Attributes:
        dataset_group: takes precedence over `datasetGroup.name`.
        schemas, datasets: dataset key to name.
        filters, solutions, campaigns, recommenders: key of the project's own to name.
    """

    dataset_group: Name | None = None
    schemas: dict[str, ExistingVersion] = Field(default_factory=dict)
    datasets: dict[str, Name] = Field(default_factory=dict)
    event_tracker: Name | None = None
    filters: dict[str, ExistingVersion] = Field(default_factory=dict)
    solutions: dict[str, Name] = Field(default_factory=dict)
    campaigns: dict[str, Name] = Field(default_factory=dict)
    recommenders: dict[str, Name] = Field(default_factory=dict)
    metric_attribution: Name | None = None
