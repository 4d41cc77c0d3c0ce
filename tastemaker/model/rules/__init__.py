"""Every cross-field rule of the project file, listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.errors import Finding
from tastemaker.model.rules import (
    athena_tables,
    auto_training,
    batch_jobs,
    campaign_solution,
    dataset_source,
    deploy,
    endpoint_recipe_type,
    endpoint_references,
    endpoint_settings,
    environments,
    existing_names,
    experiments,
    filter_text,
    hyperparameters,
    metric_attribution,
    names,
    notifications,
    recipe_datasets,
    recipe_unknown,
    recipe_withdrawn,
    recommenders,
    release_metric,
    scaling,
    schedules,
    schema_categorical,
    schema_columns,
    schema_required,
    schema_reserved,
    search,
    silence,
    solution_options,
    tags,
    traffic,
    training_columns,
)
from tastemaker.model.rules.environments import check_environments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.rules.base import Declaration, Rule, Violation

_OTHERS: tuple[Rule, ...] = (
    names.PROJECT,
    names.NAMES,
    dataset_source.RULE,
    dataset_source.SOURCES,
    athena_tables.RULE,
    schema_required.RULE,
    schema_reserved.RULE,
    schema_categorical.RULE,
    schema_columns.NAMES,
    schema_columns.COUNT,
    filter_text.RULE,
    recipe_unknown.RULE,
    recipe_withdrawn.RULE,
    recipe_datasets.RULE,
    hyperparameters.UNKNOWN,
    hyperparameters.RANGE,
    solution_options.RULE,
    search.RULE,
    training_columns.RULE,
    auto_training.BOTH,
    auto_training.RATE,
    campaign_solution.UNKNOWN,
    campaign_solution.SEGMENT,
    recommenders.USE_CASE,
    recommenders.COLUMNS,
    scaling.CAPS,
    scaling.SCHEDULE,
    scaling.METRIC,
    batch_jobs.REFERENCES,
    batch_jobs.KIND,
    batch_jobs.SCHEDULE,
    metric_attribution.RULE,
    tags.RULE,
    notifications.RULE,
    schedules.EXPRESSION,
    schedules.TIME_ZONE,
    release_metric.RULE,
    endpoint_references.RULE,
    endpoint_recipe_type.RULE,
    endpoint_settings.OWNER,
    endpoint_settings.PROMOTION,
    endpoint_settings.CONTEXT,
    endpoint_settings.METADATA,
    endpoint_settings.SIDE_TABLE,
    endpoint_settings.DATASETS,
    endpoint_settings.ARCHIVE,
    endpoint_settings.CALLERS,
    experiments.NAMES,
    experiments.ROUTES,
    experiments.VARIANTS,
    experiments.MODE,
    deploy.PRIVATE,
    deploy.CONCURRENCY,
    deploy.CIDR,
    environments.NAMES,
    environments.CAPACITY,
    existing_names.REFERENCES,
    existing_names.KEY,
    traffic.RULE,
    traffic.TABLES,
)
RULES: tuple[Rule, ...] = (*_OTHERS, silence.build_silence_rule(_OTHERS))
"""In the order of the project file's sections."""


def check_rules(declaration: Declaration, rules: tuple[Rule, ...] = RULES) -> Iterator[Finding]:
    """Findings of every rule, in the rules' order, but for those that the project silences.

    A rule that only an environment breaks is found as well.
    """
    for rule in rules:
        if rule.silenceable and rule.id in declaration.project.silence:
            continue
        found = list(rule.check(declaration))
        for violation in (*found, *check_environments(rule, declaration, found)):
            yield _build_finding(declaration, rule, violation)


def _build_finding(declaration: Declaration, rule: Rule, violation: Violation) -> Finding:
    source = declaration.source
    find = source.locations.find_key if violation.at_key else source.locations.find
    line, column = find(violation.path)
    return Finding(
        source.file, line, column + violation.offset, rule.id, violation.message, violation.hint, rule.source
    )
