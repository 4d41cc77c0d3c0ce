"""The page of a comparison: well-formed, self-contained, with every figure as text too."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.evaluation.page import build_page
from tastemaker.evaluation.plots import Scale
from tastemaker.evaluation.wording import LIMITS
from tastemaker.pages.render import write_page
from tests.support.comparisons import USERS, compare, make_candidate
from tests.unit.evaluation.test_comparison import draw

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "br", "path", "rect", "circle", "line"}


class Outline(HTMLParser):
    """Open elements, and what the page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labelled: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [str(given["id"])] if "id" in given else []
        self.labelled += str(given.get("aria-labelledby", "")).split()
        self.loads += [name for name in ("src", "href") if name in given]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    candidates = {
        "popularity": make_candidate("aws-popularity-count"),
        "for<you>": make_candidate("aws-user-personalization-v2", 390.0),
    }
    return {
        "project": "shop & co",
        "protocol": {"name": "rolling", "folds": 1, "repeats": False, "seed": 0, "truth": "buy"},
        **compare({"popularity": draw(0.1, 3), "for<you>": draw(0.3, 1)}, candidates),
        "failed": {"late": {"case": "cut-80", "reason": "Nothing to learn from."}},
        "skipped": {"aws-sims": "needs more"},
        "assumptions": [{"name": "interactions", "value": 1000.0, "origin": "default"}],
        "prices_as_of": "2026-11",
    }


def test_the_page_is_well_formed_loads_nothing_and_runs_nothing(report: dict[str, Any]) -> None:
    outline, page = Outline(), build_page(report)
    outline.feed(page)
    assert outline.open == []
    assert outline.loads == []
    assert "<script" not in page
    assert "for<you>" not in page
    assert "shop &amp; co: which recipe?" in page


def test_every_plot_has_a_name_and_its_figures_in_words(report: dict[str, Any]) -> None:
    outline, page = Outline(), build_page(report)
    outline.feed(page)
    assert page.count("<svg") == page.count('role="img"') == page.count("<desc") == 4
    assert set(outline.labelled) <= set(outline.ids)
    assert len(outline.ids) == len(set(outline.ids)) == 8
    for one in report["candidates"].values():
        assert f"{one['metrics'][report['metric']]['value']:.4f}" in page


def test_advice_reasons_limits_and_what_was_left_out_are_on_the_page(report: dict[str, Any]) -> None:
    page = build_page(report)
    assert "Take for&lt;you&gt;: better than all others." in page
    assert f"new items only, events of type buy only; {USERS:,} users" in page
    assert "aws-sims is not compared: it needs more." in page
    assert "late failed, its training at cut-80 ended with: Nothing to learn from." in page
    assert all(limit.replace("'", "&#39;") in page for limit in LIMITS)


def test_ticks_are_round_and_inside_the_scale() -> None:
    ticks = Scale(-0.13, 0.02, 0, 150).ticks(lambda value: f"{value:.3g}")
    assert [(tick.label, tick.at) for tick in ticks] == [("-0.1", 30.0), ("-0.05", 80.0), ("0", 130.0)]
    assert [tick.is_zero for tick in ticks] == [False, False, True]


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "new" / "report.html"
    write_page(file, "first")
    with pytest.raises(UnicodeEncodeError):
        write_page(file, "half of it \ud800")
    assert [(path.name, path.read_text(encoding="utf-8")) for path in file.parent.iterdir()] == [
        ("report.html", "first")
    ]
