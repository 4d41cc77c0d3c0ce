"""`find_changes`: what `ensure` would do to what a deployed shop holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.changes.records import Origin, Verb
from tests.support.changes import changes_of
from tests.support.workflows import deployed_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.workflows import Shop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Released once."""
    with deployed_shop(tmp_path_factory.mktemp("shop")) as shop:
        shop.deploy()
        yield shop


def test_a_project_that_is_deployed_has_no_changes(shop: Shop) -> None:
    found = changes_of(shop)
    assert (found.changes, found.calls, found.undeclared, found.notes) == ((), (), (), ())
    assert {change.verb for change in found.resources} == {Verb.KEEP}


def test_a_field_that_changed_says_from_what_to_what_and_what_it_costs(shop: Shop) -> None:
    found = changes_of(
        shop, ("similar: {solution: similar}", "similar: {solution: similar, minProvisionedTPS: 3}")
    ).changes
    assert [(one.kind, one.name, one.verb, one.origin) for one in found] == [
        ("campaign", "shop-dev-similar", Verb.UPDATE, Origin.PROJECT)
    ]
    assert [(one.path, one.old, one.new) for one in found[0].fields] == [("minProvisionedTPS", 1, 3)]
    assert found[0].reason == "UpdateCampaign changes it in place"
    assert found[0].serving == "keeps answering as before until the update is ACTIVE, some minutes later"
    assert found[0].idle_usd == pytest.approx(2 * 2_592 * 0.0556)
