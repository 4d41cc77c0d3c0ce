from __future__ import annotations

from pathlib import Path

import pytest

from tastemaker.data.check import check_datasets
from tastemaker.data.prepare import prepare_datasets
from tastemaker.model.load import load_project

EXAMPLE = Path(__file__).parents[3] / "examples" / "movielens"


def test_the_example_is_clean_and_has_the_figures_of_its_readme(tmp_path: Path) -> None:
    project = load_project(EXAMPLE)
    report = check_datasets(project, prepare_datasets(project, tmp_path))
    interactions, items = report.datasets["INTERACTIONS"], report.datasets["ITEMS"]
    assert report.findings == ()
    assert (interactions.rows, interactions.users, interactions.items) == (100_836, 610, 9_724)
    assert (interactions.first_timestamp, interactions.last_timestamp) == (828_124_615, 1_537_799_250)
    assert (items.rows, items.items) == (9_742, 9_742)


@pytest.mark.slow
def test_the_examples_items_have_title_genres_and_year(tmp_path: Path) -> None:
    lines = prepare_datasets(load_project(EXAMPLE), tmp_path)["ITEMS"].read_text(encoding="utf-8").splitlines()
    assert lines[0] == "ITEM_ID,TITLE,GENRES,RELEASE_YEAR"
    assert "1,Toy Story (1995),Adventure|Animation|Children|Comedy|Fantasy,1995" in lines
    assert "114335,La cravate (1957),,1957" in lines
    assert '7789,"11\'09\\"01 - September 11 (2002)",Drama,2002' in lines
    assert "40697,Babylon 5,Sci-Fi," in lines
