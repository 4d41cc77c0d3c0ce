"""ItemReader, ItemBatcher, ResultWriter, Credentials of JSONPath states: templates, some with fields named `…Path`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.jsonpath_template import compile_sampled, compile_template

if TYPE_CHECKING:
    from tastemaker.runner.interpreter.jsonpath_template import Sampled, Sources, Template

BLOCKS = ("ItemReader", "ItemBatcher", "ResultWriter", "Credentials")
_PATHS = ("MaxItemsPath", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath")


@dataclass(frozen=True, slots=True)
class Block:
    """One of them, compiled; gives Parameters under the name that JSONata uses, Arguments.

    Attributes:
        paths: holder (`ReaderConfig`, or empty for the block itself), field and what it samples.
    """

    template: Template
    paths: tuple[tuple[str, str, Sampled], ...]

    def evaluate(self, sources: Sources) -> dict[str, Any]:
        block: dict[str, Any] = dict(self.template.evaluate(sources))
        for holder, field, sampled in self.paths:
            value = sampled.evaluate(sources)
            if holder:
                block[holder] = {**block[holder], field: value}
            else:
                block[field] = value
        if "Parameters" in block:
            block["Arguments"] = block.pop("Parameters")
        return block


def compile_block(definition: dict[str, Any]) -> Block:
    """Raises PathSyntaxError, which names the field."""
    rest = {name: value for name, value in definition.items() if name not in _PATHS}
    holders = [("", definition)]
    config = definition.get("ReaderConfig")
    if isinstance(config, dict):
        rest["ReaderConfig"] = {name: value for name, value in config.items() if name not in _PATHS}
        holders.append(("ReaderConfig", config))
    paths = [
        (holder, field.removesuffix("Path"), compile_sampled(value, field))
        for holder, fields in holders
        for field, value in fields.items()
        if field in _PATHS
    ]
    return Block(compile_template(rest), tuple(paths))
