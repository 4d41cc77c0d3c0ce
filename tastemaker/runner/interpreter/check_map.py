"""What Step Functions refuses at registration in the fields of a Map.

Source: developer guide, "Using Map state in Distributed mode", "ItemReader (Map)", "ResultWriter (Map)".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.check_fields import JSONATA

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXECUTION_TYPES = ("STANDARD", "EXPRESS")
_LABEL = re.compile(r"[^\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]{1,40}")
_DISTRIBUTED = ("ItemReader", "ItemBatcher", "ResultWriter", "Label")
_CHOICES = {
    "ReaderConfig": {
        "InputType": ("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"),
        "Transformation": ("NONE", "LOAD_AND_FLATTEN"),
        "ManifestType": ("ATHENA_DATA", "S3_INVENTORY"),
        "CSVDelimiter": ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
        "CSVHeaderLocation": ("FIRST_ROW", "GIVEN"),
    },
    "WriterConfig": {"Transformation": ("NONE", "COMPACT", "FLATTEN"), "OutputType": ("JSON", "JSONL")},
}
"""Holder of the configuration, its fields and their values."""


def is_distributed(state: dict[str, Any]) -> bool:
    """Whether a Map runs its items in child executions."""
    processor = state.get("ItemProcessor", {})
    config = processor.get("ProcessorConfig", {}) if isinstance(processor, dict) else None
    return isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"


def check_map(where: str, state: dict[str, Any], language: str) -> Iterator[str]:
    """Problems of a Map, each beginning with `where`."""
    processor = state.get("ItemProcessor", state.get("Iterator"))
    if processor is None:
        yield f"{where}: These fields are required: [ItemProcessor]"
        return
    config = processor.get("ProcessorConfig", {})
    mode = config.get("Mode", "INLINE") if isinstance(config, dict) else None
    if mode not in {"INLINE", "DISTRIBUTED"}:
        yield f"{where}: ProcessorConfig/Mode must be INLINE or DISTRIBUTED, not {mode!r}"
    elif mode == "DISTRIBUTED":
        found = config.get("ExecutionType")
        if found not in _EXECUTION_TYPES:
            yield f"{where}: ProcessorConfig/ExecutionType must be STANDARD or EXPRESS, not {found!r}"
    else:
        yield from (
            f"{where}: {field} needs ProcessorConfig/Mode DISTRIBUTED" for field in _DISTRIBUTED if field in state
        )
    label = state.get("Label")
    if label is not None and not (isinstance(label, str) and _LABEL.fullmatch(label)):
        yield f"{where}: Label must have 1 to 40 characters, no spaces or special characters, not {label!r}"
    arguments = "Arguments" if language == JSONATA else "Parameters"
    if "ItemReader" in state:
        yield from _check_reader(f"{where}/ItemReader", state["ItemReader"], arguments)
    if "ResultWriter" in state:
        yield from _check_writer(f"{where}/ResultWriter", state["ResultWriter"], arguments)


def _check_reader(where: str, reader: dict[str, Any], arguments: str) -> Iterator[str]:
    missing = [field for field in ("Resource", arguments) if field not in reader]
    if missing:
        yield f"{where}: These fields are required: [{', '.join(missing)}]"
    yield from _check_choices(where, reader, "ReaderConfig")
    config = reader.get("ReaderConfig", {})
    if not isinstance(config, dict):
        return
    if config.get("InputType") == "PARQUET":
        yield f"{where}/ReaderConfig: not built: items of InputType PARQUET"
    if config.get("Transformation") == "LOAD_AND_FLATTEN" and "InputType" not in config:
        yield f"{where}/ReaderConfig: InputType is required with Transformation LOAD_AND_FLATTEN"
    if config.get("ManifestType") == "S3_INVENTORY" and "InputType" in config:
        yield f"{where}/ReaderConfig: InputType cannot stand beside ManifestType S3_INVENTORY"
    if config.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in config:
        yield f"{where}/ReaderConfig: CSVHeaders is required with CSVHeaderLocation GIVEN"
    if "MaxItems" in config and "MaxItemsPath" in config:
        yield f"{where}/ReaderConfig: only one of MaxItems and MaxItemsPath may be given"


def _check_writer(where: str, writer: dict[str, Any], arguments: str) -> Iterator[str]:
    """One of the three combinations: WriterConfig, Resource with arguments, or all."""
    yield from _check_choices(where, writer, "WriterConfig")
    exports = "Resource" in writer
    if exports != (arguments in writer):
        yield f"{where}: Resource and {arguments} stand together or not at all"
    if not exports and "WriterConfig" not in writer:
        yield f"{where}: needs WriterConfig, or Resource and {arguments}"
    config = writer.get("WriterConfig", {})
    if not exports and isinstance(config, dict) and config.get("OutputType") == "JSONL":
        yield f"{where}/WriterConfig: not built: OutputType JSONL without Resource"


def _check_choices(where: str, holder: dict[str, Any], name: str) -> Iterator[str]:
    config = holder.get(name, {})
    if not isinstance(config, dict):
        yield f"{where}: {name} must be an object"
        return
    for field, values in _CHOICES[name].items():
        value = config.get(field, values[0])
        if value not in values and not (isinstance(value, str) and value.startswith("{%")):
            yield f"{where}/{name}: {field} must be one of {', '.join(values)}, not {value!r}"
