"""Names of what exists already: of what the project declares, and such as Amazon Personalize takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.facts.limits import MAX_NAME_LENGTH, NAME_PATTERN
from tastemaker.model.existing import ExistingVersion
from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.existing import ExistingNames
    from tastemaker.model.source import Path

_SECTIONS = {"schemas": "datasets", "datasets": "datasets"}
"""Where the keys are declared, other than in the section of the same name."""


def _check_references(declaration: Declaration) -> Iterator[Violation]:
    for path, name in _list_names(declaration.project.names):
        section = _SECTIONS.get(str(path[1]), str(path[1]))
        if len(path) > 2 and not declaration.declares(section, str(path[2])):
            message = f"the project has no `{path[2]}` in {section}"
            hint = build_hint(str(path[2]), declaration.names(section), "Declared")
            yield Violation(path[:3], message, hint, at_key=True)
        elif NAME_PATTERN.fullmatch(name) is None or len(name) > MAX_NAME_LENGTH:
            hint = "Give the name that the resource has: letters, digits, hyphens and underscores, 63 at most."
            yield Violation(path, f"`{name}` cannot be a name in Amazon Personalize", hint)


def _list_names(names: ExistingNames) -> Iterator[tuple[Path, str]]:
    single = {
        "datasetGroup": names.dataset_group,
        "eventTracker": names.event_tracker,
        "metricAttribution": names.metric_attribution,
    }
    for word, name in single.items():
        if name is not None:
            yield ("names", word), name
    for section in ("schemas", "datasets", "filters", "solutions", "campaigns", "recommenders"):
        for key, found in getattr(names, section).items():
            if isinstance(found, ExistingVersion):
                yield ("names", section, key, "name"), found.name
            else:
                yield ("names", section, key), found


def _check_key(declaration: Declaration) -> Iterator[Violation]:
    group = declaration.project.dataset_group
    if group.customer_managed_key and group.kms_key_arn is not None:
        hint = "Keep customerManagedKey for the project's own key, kmsKeyArn for one that exists."
        yield Violation(("datasetGroup", "kmsKeyArn"), "the dataset group cannot have two keys", hint)


REFERENCES = Rule(
    "existing-name", "Names of what exists belong to what the project declares.", "our own", _check_references
)
KEY = Rule("dataset-group-key", "A dataset group has one key.", "API, CreateDatasetGroup", _check_key)
