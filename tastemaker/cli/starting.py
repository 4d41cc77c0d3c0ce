"""What `tastemaker init` writes: a project file from a template, or from raw files that it has looked at.

`tastemaker adopt` writes its files the same way.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.data.proposal import Declared, ProposedDataset, propose_datasets
from tastemaker.errors import DataError, Finding
from tastemaker.model.json_schema import build_json_schema
from tastemaker.model.write import build_text, write_remark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tastemaker.data.infer import RawFile

SCHEMA_FILE = "tastemaker.schema.json"
_CATEGORY: Declared = {"type": "string", "categorical": True}
_TEXT: Declared = {"type": "string", "textual": True}
_INTERACTIONS: dict[str, Declared] = {
    "USER_ID": "string",
    "ITEM_ID": "string",
    "TIMESTAMP": "long",
    "EVENT_TYPE": "string",
}
_NOTES: dict[tuple[str | int, ...], str] = {
    (
        "solutions",
    ): "What is trained. The service's own weekly training is switched off, because `schedules` below trains."
}
_SCHEMAS: dict[str, dict[str, dict[str, Declared]]] = {
    "video": {
        "interactions": _INTERACTIONS,
        "items": {"ITEM_ID": "string", "TITLE": _TEXT, "GENRES": _CATEGORY, "CREATION_TIMESTAMP": "long"},
        "users": {"USER_ID": "string", "SUBSCRIPTION": _CATEGORY},
    },
    "retail": {
        "interactions": {**_INTERACTIONS, "EVENT_VALUE": {"type": "float", "nullable": True}},
        "items": {"ITEM_ID": "string", "DESCRIPTION": _TEXT, "CATEGORY": _CATEGORY, "PRICE": "float"},
        "users": {"USER_ID": "string", "COUNTRY": _CATEGORY},
    },
    "news": {
        "interactions": _INTERACTIONS,
        "items": {"ITEM_ID": "string", "TEXT": _TEXT, "SECTION": _CATEGORY, "CREATION_TIMESTAMP": "long"},
    },
}
TEMPLATES = tuple(_SCHEMAS)


@dataclass(frozen=True)
class ProposedSolution:
    """One solution, its campaign and its route.

    Attributes:
        route: key under `endpoints`, and what it says beside the campaign.
    """

    name: str
    recipe: str
    why: str
    route: str
    settings: dict[str, Any]


_FOR_YOU = ProposedSolution(
    "for-you", "aws-user-personalization-v2", "For each user; reacts to events at once, takes up new items.",
    "recommendations", {"filter": "unseen", "numResults": 25},
)  # fmt: skip
_SIMILAR = ProposedSolution(
    "similar", "aws-similar-items", "Items that the same people took, and that read alike.",
    "related", {"numResults": 25},
)  # fmt: skip
_POPULAR = ProposedSolution(
    "popular", "aws-popularity-count", "Answers when nothing else does.", "popular", {"cacheSeconds": 300}
)
_TRENDING = ProposedSolution(
    "trending", "aws-trending-now", "What rises within hours; news age fast.", "trending", {"cacheSeconds": 300}
)
_RECIPES = {"video": (_FOR_YOU, _SIMILAR, _POPULAR), "retail": (_FOR_YOU, _SIMILAR, _POPULAR)}
_NEWS = (_FOR_YOU, _SIMILAR, _TRENDING)


def build_project(name: str, template: str, raw_files: Sequence[RawFile], root: Path) -> dict[str, str]:
    """File name to text: the project file, and the SQL where there are raw files.

    Args:
        name: of the project, already fit to be one.
        template: one of `TEMPLATES`; decides the recipes, and the schemas where there is no file.
        raw_files: at most one of each kind.
        root: folder of the project, which paths are relative to.
    """
    datasets = propose_datasets(raw_files) or _take_schemas(template)
    solutions = _RECIPES.get(template, _NEWS)
    sources = {f"{file.kind}_raw": _relate(file.path, root) for file in raw_files}
    tree = {
        "project": name,
        **({"sources": sources} if sources else {}),
        "datasets": {dataset.key: _write_dataset(dataset, from_sql=bool(sources)) for dataset in datasets},
        "eventTracker": {"name": "events"},
        "filters": {"unseen": 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'},
        "solutions": {one.name: {"recipe": one.recipe} for one in solutions},
        "campaigns": {one.name: {"solution": one.name, "minProvisionedTPS": 1} for one in solutions},
        "schedules": {"full": "cron(0 3 ? * SUN *)", "incremental": "cron(0 5 * * ? *)", "timeZone": "UTC"},
        "release": {"metric": "normalized_discounted_cumulative_gain_at_10", "maximumDrop": 0.2},
        "endpoints": {**_write_routes(solutions), "events": {"eventTracker": "events"}},
    }
    notes: dict[tuple[str | int, ...], str] = {("solutions", one.name): one.why for one in solutions}
    text = write_head(_title(template, datasets, raw_files)) + build_text(tree, {**_NOTES, **notes})
    sql = {f"sql/{dataset.key}.sql": dataset.sql for dataset in datasets if raw_files}
    return {"tastemaker.yaml": text, **sql}


def _write_dataset(dataset: ProposedDataset, *, from_sql: bool) -> dict[str, Any]:
    rows = {"sql": f"sql/{dataset.key}.sql"} if from_sql else {"path": f"data/{dataset.key}.csv"}
    return {"schema": dataset.schema, **rows}


def _write_routes(solutions: Sequence[ProposedSolution]) -> dict[str, Any]:
    """The last solution answers where the first one does not."""
    routes = {one.route: {"campaign": one.name, **one.settings} for one in solutions}
    routes[solutions[0].route]["fallback"] = {"campaign": solutions[-1].name}
    return routes


def _take_schemas(template: str) -> tuple[ProposedDataset, ...]:
    return tuple(ProposedDataset(key, schema, "", 0) for key, schema in _SCHEMAS[template].items())


def _title(template: str, datasets: Sequence[ProposedDataset], raw_files: Sequence[RawFile]) -> str:
    if not raw_files:
        return f"A {template} project; put your files where `path` says, then: tastemaker check"
    return ", ".join(f"{dataset.rows:,} {dataset.key}" for dataset in datasets) + "; next: tastemaker check"


def _relate(path: Path, root: Path) -> str:
    """Relative where the file lies below the project."""
    found, base = path.resolve(), root.resolve()
    return str(found.relative_to(base) if found.is_relative_to(base) else found)


def make_name(folder: str) -> str:
    """A project's name from a folder's: kebab-case, a letter first, 24 characters at most."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")
    name = re.sub(r"^[^a-z]+", "", name)[:24].strip("-")
    return name or "recommendations"


def write_head(title: str) -> str:
    """The first lines of a project file; editors read the first one."""
    return "\n".join((f"# yaml-language-server: $schema={SCHEMA_FILE}", *write_remark(title))) + "\n"


def write_files(folder: Path, texts: Mapping[str, str], *, force: bool) -> list[Path]:
    """Write a project and the JSON Schema beside it: every file whole, or none of them.

    Args:
        texts: path below the folder to text.
        force: replace files that are there.

    Raises:
        DataError: a file is there, or cannot be written.
    """
    schema = json.dumps(build_json_schema(), indent=1, ensure_ascii=False) + "\n"
    wanted = {folder / path: text for path, text in {**texts, SCHEMA_FILE: schema}.items()}
    there = [path for path in wanted if path.exists()]
    if there and not force:
        hint = "Choose another folder, or replace them with --force."
        raise DataError([Finding(str(path), 0, 0, "file-exists", "is there already", hint) for path in there])
    partial = {path: path.with_name(f".partial-{path.name}") for path in wanted}
    try:
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial[path].write_text(text, encoding="utf-8")
        for path, written in partial.items():
            written.replace(path)
    except OSError as error:
        for written in partial.values():
            written.unlink(missing_ok=True)
        hint = "Choose another folder."
        raise DataError([Finding(str(error.filename), 0, 0, "file-unwritable", str(error.strerror), hint)]) from error
    return list(wanted)
