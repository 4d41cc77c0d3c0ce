"""Every rule of the pack, listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.constructs.rules import (
    campaigns,
    datasets,
    filters,
    names,
    polling,
    recipes,
    rights,
    schemas,
    solutions,
    storage,
    trackers,
    trust,
)

if TYPE_CHECKING:
    from tastemaker.constructs.rules.base import Rule

RULES: tuple[Rule, ...] = (
    datasets.KEY,
    datasets.ROLE,
    datasets.QUOTA,
    datasets.TYPE,
    datasets.TWICE,
    datasets.SCHEMA_KIND,
    datasets.DOMAIN,
    datasets.IMPORT,
    datasets.KEPT,
    schemas.VALID,
    schemas.LENGTH,
    schemas.UNUSED,
    names.NAMES,
    names.JOBS,
    filters.EXPRESSION,
    filters.COLUMNS,
    recipes.UNKNOWN,
    recipes.WITHDRAWN,
    recipes.KIND,
    recipes.DATASETS,
    recipes.HYPERPARAMETERS,
    solutions.AUTOMATIC,
    solutions.TWICE,
    solutions.SEARCH,
    solutions.AUTOML,
    campaigns.THROUGHPUT,
    campaigns.PINNED,
    campaigns.RELEASE,
    campaigns.ALARMS,
    trackers.TWICE,
    trackers.OUTPUT,
    trackers.OPEN,
    trackers.WEB_IDENTITY,
    trust.ROLE,
    trust.POLICIES,
    trust.PASS_ROLE,
    storage.GRANTS,
    storage.ROTATION,
    storage.POLICY,
    storage.ENCRYPTION,
    storage.PUBLIC,
    rights.ACTIONS,
    rights.RESOURCES,
    rights.TIMEOUT,
    polling.INTERVAL,
    polling.DEADLINE,
    polling.FAILURE,
    polling.UPDATE,
    polling.SPELLING,
    polling.RETRY,
)
"""In the order of docs/rules.md: data, models, serving, events, security, workflows."""
