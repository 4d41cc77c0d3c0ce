"""Configuration files of other tools: which tool wrote it is told by the content, not by the name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tastemaker.adoption.cdk_pipeline import read_cdk_pipeline
from tastemaker.adoption.inventory import Place
from tastemaker.adoption.maintaining import read_maintaining
from tastemaker.adoption.ml_ops import read_ml_ops
from tastemaker.adoption.nodes import Node
from tastemaker.errors import Finding, UserFileError
from tastemaker.model.source import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tastemaker.adoption.inventory import Inventory

MAINTAINING = "Maintaining Personalized Experiences with Machine Learning"
CDK_PIPELINE = "the MLOps pipeline sample for the CDK"
ML_OPS = "ml_ops of the Amazon Personalize samples"
_READERS: dict[str, Callable[[Node], Inventory | None]] = {
    MAINTAINING: read_maintaining,
    CDK_PIPELINE: read_cdk_pipeline,
    ML_OPS: read_ml_ops,
}


def read_file(path: Path) -> tuple[Inventory, list[Finding]]:
    """What the file configures, and everything that is wrong, obsolete or dangerous in it.

    Raises:
        UserFileError: it is no JSON, of no known tool, or names no dataset group.
    """
    node = _load(path)
    tool = detect_tool(node.value)
    if tool is None:
        message = "this is no configuration of a tool that is known here"
        hint = f"Known: {', '.join(_READERS)}. A live dataset group is read with --dataset-group."
        raise UserFileError([Finding(str(path), 1, 1, "format-unknown", message, hint)])
    inventory = _READERS[tool](node)
    if inventory is None:
        raise UserFileError(node.findings)
    return inventory, node.findings


def detect_tool(tree: Any) -> str | None:
    """By what `datasetGroup` holds, which differs in all three; None for anything else."""
    group = tree.get("datasetGroup") if isinstance(tree, dict) else None
    if not isinstance(group, dict):
        return None
    if isinstance(group.get("datasets"), list):
        return CDK_PIPELINE
    if "serviceConfig" in group:
        return MAINTAINING
    return ML_OPS if "name" in group else None


def _load(path: Path) -> Node:
    """JSON is YAML, whose reader knows lines and columns."""
    file = str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        tree = json.loads(text)
    except UnicodeDecodeError as error:
        raise UserFileError([Finding(file, 1, 1, "encoding", "the file is not UTF-8", "Save it as UTF-8.")]) from error
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise UserFileError([Finding(file, 0, 0, "file-unreadable", message, "Give another one.")]) from error
    except json.JSONDecodeError as error:
        hint = "Correct it first; nothing was read."
        finding = Finding(file, error.lineno, error.colno, "json-syntax", error.msg, hint)
        raise UserFileError([finding]) from error
    except RecursionError as error:
        finding = Finding(file, 1, 1, "json-syntax", "the file is nested too deep", "Look for a stray bracket.")
        raise UserFileError([finding]) from error
    source = parse_yaml(file, text.replace("\t", " "))
    return Node(tree, Place(file, source.locations), list(source.findings))
