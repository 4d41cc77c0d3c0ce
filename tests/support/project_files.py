"""Project files and datasets for tests: a good one, edited; generated ones; small CSVs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tastemaker.errors import Finding, ProjectFileError
from tastemaker.facts.recipes import RECIPES, RecipeType
from tastemaker.model.load import load_project

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tastemaker.model.project import Project

GOOD_PROJECT = """\
project: shop
sources:
  clicks: data/clicks.csv
datasets:
  interactions:
    schema:
      USER_ID: string
      ITEM_ID: string
      TIMESTAMP: long
      EVENT_TYPE: string
      EVENT_VALUE: {type: float, nullable: true}
    sql: sql/interactions.sql
eventTracker: {name: shop-events}
filters:
  unseen: EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")
solutions:
  for-you: {recipe: aws-user-personalization-v2}
  similar: {recipe: aws-similar-items}
campaigns:
  for-you: {solution: for-you}
  similar: {solution: similar}
schedules:
  full: cron(0 3 ? * SUN *)
  timeZone: Europe/Berlin
endpoints:
  recommendations: {campaign: for-you, filter: unseen}
  related: {campaign: similar}
  events: {eventTracker: shop-events}
"""
"""A project without any finding."""


def edit(old: str, new: str, text: str = GOOD_PROJECT) -> str:
    """The text with one passage replaced; the passage must stand there exactly once."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def write_project(folder: Path, text: str = GOOD_PROJECT) -> Path:
    path = folder / "tastemaker.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def read_project(folder: Path, text: str = GOOD_PROJECT) -> Project:
    return load_project(write_project(folder, text))


def find_mistakes(folder: Path, text: str) -> list[Finding]:
    """All findings about a project file with this text; [] when it is good."""
    try:
        read_project(folder, text)
    except ProjectFileError as error:
        return list(error.findings)
    return []


def write_csv(path: Path, header: str, rows: Iterable[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in (header, *rows)), encoding="utf-8")
    return path


def build_clicks(count: int = 1_000, users: int = 100) -> list[str]:
    """Rows of USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE; all different, users in turn."""
    return [
        f"u{at % users},i{at % 50},{1_700_000_000 + at},{'buy' if at % 4 == 0 else 'view'},2.5" for at in range(count)
    ]


_words = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
_deployable = [
    name
    for name, recipe in RECIPES.items()
    if not recipe.withdrawn and recipe.needs == ("INTERACTIONS",) and recipe.type is not RecipeType.USER_SEGMENTATION
]


def _optional(key: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The key with null or a value, or no key at all."""
    return st.one_of(st.just({}), st.builds(lambda value: {key: value}, st.none() | values))


def _merge(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {key: value for part in found for key, value in part.items()})


_campaign = _merge(
    st.one_of(st.just({}), st.builds(lambda tps: {"minProvisionedTPS": tps}, st.integers(1, 500))),
    _optional("enableMetadataWithRecommendations", st.booleans()),
)
_solution = _merge(
    st.builds(lambda recipe: {"recipe": recipe}, st.sampled_from(_deployable)),
    _optional("performAutoTraining", st.booleans()),
    _optional("eventType", st.sampled_from(["view", "10", "true", "null"])),
    _optional("eventValueThreshold", st.sampled_from(["0.5", "3"])),
)


@st.composite
def project_trees(draw: st.DrawFn) -> dict[str, Any]:
    """Good project files as plain data, with keys that are absent, null or false."""
    solutions = draw(st.dictionaries(_words, _solution, max_size=4))
    campaigns = {name: {"solution": name, **draw(_campaign)} for name in solutions}
    filters = st.dictionaries(
        _words, st.just('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("a: b", "c # no comment")'), max_size=2
    )
    return {
        "project": draw(_words),
        "datasets": {
            "interactions": {
                "schema": {
                    "USER_ID": "string",
                    "ITEM_ID": {"type": "string", **draw(_optional("nullable", st.just(False)))},
                    "TIMESTAMP": "long",
                    "EVENT_TYPE": draw(st.sampled_from(["string", {"type": "string", "nullable": True}])),
                    "EVENT_VALUE": {"type": "float", **draw(_optional("nullable", st.booleans()))},
                },
                "path": draw(_words) + ".csv",
            }
        },
        "solutions": solutions,
        "campaigns": campaigns,
        "filters": draw(filters),
    }
