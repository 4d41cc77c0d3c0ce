"""Reports as single HTML files: one style, no scripts, nothing loaded; light, dark and printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from pathlib import Path


def render_page(template: str, **values: Any) -> str:
    """A page that extends `pages/base.html`.

    Args:
        template: path below the package, `data/page.html`.
        values: `title` and `subject` for the head, and what the template names; text is escaped.
    """
    environment = Environment(
        loader=PackageLoader("tastemaker", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)


def write_page(file: Path, page: str) -> None:
    """Write it whole or not at all; missing folders are made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.part")
    try:
        draft.write_text(page, encoding="utf-8")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
