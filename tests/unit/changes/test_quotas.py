"""Which creation is too many, in the order of the calls."""

from __future__ import annotations

from typing import Any

from tastemaker.changes.quotas import CAMPAIGNS, QUOTAS, SOLUTIONS, Room, list_names
from tastemaker.changes.records import Call, Shortage


def create(*names: str, member: str = "Solution") -> list[Call]:
    return [Call("personalize", f"Create{member}", {"name": name}) for name in names]


def delete(name: str, member: str = "Solution") -> list[Call]:
    return [Call("personalize", f"Delete{member}", {"solutionArn": f"arn:{name}"})]


def room(*there: str, limit: int = 3, declared: tuple[str, ...] = ()) -> Room:
    return Room(SOLUTIONS, frozenset(there), frozenset(declared), limit)


def test_what_fits_to_the_last_place_is_no_shortage() -> None:
    assert room("a", "b").find_shortage(create("c")) is None


def test_the_creations_beyond_the_quota_are_named_with_what_is_needed() -> None:
    assert room("a", "old", declared=("a", "c", "d", "e")).find_shortage(create("c", "d", "e")) == Shortage(
        operation="CreateSolution",
        quota="solutions per dataset group",
        used=2,
        needed=5,
        limit=3,
        refused=("d", "e"),
        advice="Ask Service Quotas for 5 solutions per dataset group, or delete what nobody needs: old.",
    )


def test_what_is_deleted_before_makes_room_and_what_is_deleted_after_does_not() -> None:
    full = room("a", "b", "c")
    assert full.find_shortage([*delete("a"), *create("d")]) is None
    shortage = full.find_shortage([*create("d"), *delete("a")])
    assert shortage is not None
    assert (shortage.needed, shortage.refused) == (4, ("d",))


def test_other_kinds_do_not_count() -> None:
    assert room("a", "b", "c").find_shortage(create("x", member="Filter")) is None


def test_a_quota_that_cannot_be_raised_says_so() -> None:
    schemas = next(quota for quota in QUOTAS if quota.member == "Schema")
    shortage = Room(schemas, frozenset({"a"}), frozenset(), 1).find_shortage(create("b", member="Schema"))
    assert shortage is not None
    assert shortage.quota == "schemas per Region"
    assert shortage.advice == "Delete schemas that nobody needs; this quota cannot be raised."


def test_service_quotas_knows_what_was_raised_and_pending_ones_are_others() -> None:
    applied = {
        "Number of active campaigns per dataset group": 7.0,
        "Number of pending or in progress campaigns": 99.0,
    }
    assert CAMPAIGNS.find_limit(applied) == 7
    assert SOLUTIONS.find_limit(applied) == 10


def test_campaigns_are_found_by_their_solutions_and_what_is_being_deleted_does_not_count() -> None:
    def ask(operation: str, **params: str) -> list[dict[str, Any]]:
        if operation == "ListSolutions":
            assert params == {"datasetGroupArn": "group"}
            return [{"name": "s", "solutionArn": "s"}, {"name": "t", "solutionArn": "t"}]
        assert operation == "ListCampaigns"
        name = params["solutionArn"]
        return [{"name": f"{name}1", "status": "ACTIVE"}, {"name": f"{name}2", "status": "DELETE IN_PROGRESS"}]

    assert list_names(CAMPAIGNS, ask, "group") == {"s1", "t1"}
