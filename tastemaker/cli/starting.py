"""What `tastemaker init` writes: a project file from a template, or from raw files that it has looked at.

`tastemaker adopt` writes its files the same way.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from tastemaker.data.proposal import ProposedDataset, propose_datasets
from tastemaker.errors import DataError, Finding
from tastemaker.model.json_schema import build_json_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tastemaker.data.infer import RawFile

SCHEMA_FILE = "tastemaker.schema.json"
EDITOR_LINE = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"
_CATEGORY, _TEXT = "{type: string, categorical: true}", "{type: string, textual: true}"
_INTERACTIONS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long", "EVENT_TYPE": "string"}
_SCHEMAS: dict[str, dict[str, dict[str, str]]] = {
    "video": {
        "interactions": _INTERACTIONS,
        "items": {"ITEM_ID": "string", "TITLE": _TEXT, "GENRES": _CATEGORY, "CREATION_TIMESTAMP": "long"},
        "users": {"USER_ID": "string", "SUBSCRIPTION": _CATEGORY},
    },
    "retail": {
        "interactions": {**_INTERACTIONS, "EVENT_VALUE": "{type: float, nullable: true}"},
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
    """One solution, its campaign and its route."""

    name: str
    recipe: str
    why: str
    route: str


_FOR_YOU = ProposedSolution(
    "for-you", "aws-user-personalization-v2", "for each user; reacts to events at once, takes up new items",
    "recommendations: {campaign: for-you, filter: unseen, numResults: 25, fallback: {campaign: FALLBACK}}",
)  # fmt: skip
_SIMILAR = ProposedSolution(
    "similar", "aws-similar-items", "items that the same people took, and that read alike",
    "related: {campaign: similar, numResults: 25}",
)  # fmt: skip
_POPULAR = ProposedSolution(
    "popular", "aws-popularity-count", "answers when nothing else does",
    "popular: {campaign: popular, cacheSeconds: 300}",
)  # fmt: skip
_TRENDING = ProposedSolution(
    "trending", "aws-trending-now", "what rises within hours; news age fast",
    "trending: {campaign: trending, cacheSeconds: 300}",
)  # fmt: skip
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
    text = _render(
        project=name,
        title=_title(template, datasets, raw_files),
        sources={f"{file.kind}_raw": _relate(file.path, root) for file in raw_files},
        datasets=datasets,
        solutions=[_with_fallback(solution, solutions[-1].name) for solution in solutions],
    )
    sql = {f"sql/{dataset.key}.sql": dataset.sql for dataset in datasets if raw_files}
    return {"tastemaker.yaml": text, **sql}


def _take_schemas(template: str) -> tuple[ProposedDataset, ...]:
    return tuple(ProposedDataset(key, schema, "", 0) for key, schema in _SCHEMAS[template].items())


def _with_fallback(solution: ProposedSolution, fallback: str) -> ProposedSolution:
    route = solution.route.replace("FALLBACK", fallback)
    return ProposedSolution(solution.name, solution.recipe, solution.why, route)


def _title(template: str, datasets: Sequence[ProposedDataset], raw_files: Sequence[RawFile]) -> str:
    if not raw_files:
        return f"A {template} project; put your files where `path` says, then: tastemaker check"
    return ", ".join(f"{dataset.rows:,} {dataset.key}" for dataset in datasets) + "; next: tastemaker check"


def _render(**values: object) -> str:
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - YAML
    source = files("tastemaker.cli").joinpath("project.yaml.j2").read_text(encoding="utf-8")
    return environment.from_string(source).render(**values) + "\n"


def _relate(path: Path, root: Path) -> str:
    """As YAML text, relative where the file lies below the project."""
    found, base = path.resolve(), root.resolve()
    text = str(found.relative_to(base) if found.is_relative_to(base) else found)
    return text if re.fullmatch(r"[\w./-]+", text) else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def make_name(folder: str) -> str:
    """A project's name from a folder's: kebab-case, a letter first, 24 characters at most."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")
    name = re.sub(r"^[^a-z]+", "", name)[:24].strip("-")
    return name or "recommendations"


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
