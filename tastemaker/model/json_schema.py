"""The JSON Schema of the project file, for editors; made of the pydantic model, so that it cannot say anything else.

python -m tastemaker.model.json_schema > docs/project.schema.json
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from tastemaker.facts.recipes import RECIPES
from tastemaker.facts.use_cases import USE_CASES
from tastemaker.model.declared import build_api_word
from tastemaker.model.project import Project

_ATTRIBUTE = re.compile(r"^ {4}([a-z][a-z0-9_, ]*): (.*(?:\n {8}.*)*)", re.MULTILINE)
_SUGGESTED = {
    "Solution": [name for name, recipe in RECIPES.items() if not recipe.withdrawn],
    "Recommender": list(USE_CASES),
}
"""Definition to the names that its `recipe` may have, beside ARNs."""


def build_json_schema() -> dict[str, Any]:
    """Draft 2020-12, by the words of the file; descriptions are those of the model's attributes."""
    schema = Project.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = schema.pop("$defs")
    whole = {"Project": schema, **definitions}
    for definition in whole.values():
        _describe(definition)
    _take_short_form(definitions)
    for name, recipes in _SUGGESTED.items():
        definitions[name]["properties"]["recipe"]["examples"] = recipes
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Tastemaker project file"}
    cleaned: dict[str, Any] = _clean({**head, **schema, "$defs": definitions})
    cleaned["title"] = head["title"]
    return cleaned


def _describe(definition: dict[str, Any]) -> None:
    """Moves what the docstring says of each attribute to its property."""
    text = definition.get("description", "")
    summary, _, rest = text.partition("\n\nAttributes:\n")
    definition["description"] = _flatten(summary)
    for names, words in _ATTRIBUTE.findall(rest):
        for name in names.split(", "):
            found = definition.get("properties", {}).get(build_api_word(name))
            if found is not None:
                found["description"] = _flatten(words)


def _flatten(text: str) -> str:
    return " ".join(text.split())


def _take_short_form(definitions: dict[str, Any]) -> None:
    """`USER_ID: string` is short for `USER_ID: {type: string}`."""
    long = definitions["SchemaField"]
    short = {"enum": long["properties"]["type"]["enum"]}
    definitions["SchemaField"] = {"description": long.pop("description"), "anyOf": [short, long]}


def _clean(value: Any) -> Any:
    """Without titles, which repeat the names."""
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _clean(one) for key, one in value.items() if not (key == "title" and isinstance(one, str))}
    if kept.get("description") == "":
        del kept["description"]
    return kept


if __name__ == "__main__":
    sys.stdout.write(json.dumps(build_json_schema(), indent=1, ensure_ascii=False) + "\n")
