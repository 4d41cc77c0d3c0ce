"""The project file: path to Project, or all findings at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tastemaker.errors import Finding, ProjectFileError
from tastemaker.model.rules import check_rules
from tastemaker.model.rules.base import Declaration
from tastemaker.model.shape import build_shape
from tastemaker.model.source import Source, parse_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.model.project import Project

FILE_NAME = "tastemaker.yaml"


def load_project(path: Path) -> Project:
    """Read and check a project file; a folder means the `tastemaker.yaml` in it.

    Reads this one file only: whether data and SQL files exist is the data room's business.

    Raises:
        ProjectFileError: with every finding of syntax, keys, types and rules, sorted by line.
    """
    project, findings = read_project(path)
    if findings:
        raise ProjectFileError(findings)
    return project


def read_project(path: Path) -> tuple[Project, tuple[Finding, ...]]:
    """The readable part of a project file and its findings, so that a caller can add those of the data.

    Raises:
        ProjectFileError: there is nothing to read.
    """
    path = path / FILE_NAME if path.is_dir() else path
    source = parse_yaml(str(path), read_text(path))
    project, findings = check_source(source)
    return project.with_origin(path, source.locations), findings


def check_source(source: Source) -> tuple[Project, tuple[Finding, ...]]:
    """The readable part of a parsed file, and everything that is wrong with the whole."""
    if not source.tree:
        needed = Finding(source.file, 1, 1, "empty-file", "the file declares nothing", "Start with `project: …`.")
        source = replace(source, findings=source.findings or (needed,))
        return build_shape(source).project, source.findings
    shape = build_shape(source)
    declaration = Declaration(shape.project, source, shape.broken)
    return shape.project, (*source.findings, *shape.findings, *check_rules(declaration))


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        hint = f"Give the path of a project file, or of a folder with a {FILE_NAME}."
        finding = Finding(str(path), 0, 0, "file-not-found", "there is no such file", hint)
    except UnicodeDecodeError as error:
        spot = _locate_byte(error.object, error.start)
        finding = Finding(str(path), *spot, "encoding", "the file is not UTF-8", "Save it as UTF-8.")
    except OSError as error:
        finding = Finding(str(path), 0, 0, "file-unreadable", f"the file cannot be read: {error.strerror}")
    raise ProjectFileError([finding])


def _locate_byte(body: bytes, offset: int) -> tuple[int, int]:
    before = body[:offset]
    return before.count(b"\n") + 1, offset - before.rfind(b"\n")
