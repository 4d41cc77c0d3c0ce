"""Any project that was ensured has no changes, and any edit of it is predicted to the call.

`make plans` looks at more of them.
"""

from __future__ import annotations

import json
import os
import tempfile
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tastemaker.errors import ProjectFileError
from tests.support.changes import plan_of, predicting
from tests.support.project_edits import BASE, EDITS, SHOP, SHOP_EDITS, edited
from tests.support.workflows import deployed_shop

pytestmark = pytest.mark.slow
PROJECTS = int(os.environ.get("TASTEMAKER_PLANS", "3"))


@st.composite
def projects_with_an_edit(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A project, edited in several places at once, and the same with one more edit."""
    base, edits = draw(st.sampled_from([(BASE, EDITS), (SHOP, SHOP_EDITS)]))
    names = st.sampled_from(list(edits))
    project = reduce(edited, (edits[name] for name in draw(st.lists(names, max_size=8, unique=True))), base)
    return project, edited(project, edits[draw(names)])


@given(projects_with_an_edit())
@settings(max_examples=PROJECTS, deadline=None, derandomize=PROJECTS == 3)
def test_a_project_that_is_ensured_has_no_changes_and_its_edit_is_predicted(
    pair: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    project, changed = pair
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            plans = [plan_of(folder, tree) for tree in pair]
        except ProjectFileError:
            assume(False)
        with deployed_shop(folder, json.dumps(project)) as shop, predicting(shop) as predicted:
            shop.run("ensure", plans[0].resources)
            assert predicted.predict(plans[0]).changes == ()
            assert predicted.find_difference(plans[1])[1] == "", changed
