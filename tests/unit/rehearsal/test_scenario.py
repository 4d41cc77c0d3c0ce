from __future__ import annotations

from tastemaker.rehearsal.replay import Quality
from tastemaker.rehearsal.scenario import Act, Deed, Scenario, calm_scenario, mixed_scenario
from tastemaker.rehearsal.story import shrink
from tastemaker.rehearsal.witness import Violation
from tastemaker.simulator.faults import Fault, Faults, Kind

WEEK = 7 * 86_400


def test_the_same_seed_gives_the_same_story() -> None:
    assert mixed_scenario(5, WEEK) == mixed_scenario(5, WEEK)
    assert mixed_scenario(5, WEEK) != mixed_scenario(6, WEEK)


def test_many_seeds_meet_every_kind_of_trouble() -> None:
    stories = [mixed_scenario(seed, WEEK) for seed in range(200)]
    kinds = {fault.kind for story in stories for fault in story.faults.faults}
    assert kinds == set(Kind) - {Kind.LATENCY}
    assert {quality for story in stories for quality in story.arrivals} == {*Quality, None}
    assert {act.deed for story in stories for act in story.acts} == set(Deed)


def test_a_calm_story_has_good_files_every_day_and_the_given_faults() -> None:
    faults = Faults((Fault(kind=Kind.THROTTLING),))
    assert calm_scenario(1, WEEK, faults) == Scenario(1, WEEK, faults, (Quality.GOOD,) * 7)


def test_what_goes_wrong_is_shrunk_to_what_it_needs() -> None:
    culprit = Fault(kind=Kind.STUCK, operation="CreateCampaign")
    story = Scenario(
        1,
        3 * 86_400,
        Faults((Fault(kind=Kind.THROTTLING), culprit, Fault(kind=Kind.SLOW, operation="CreateCampaign"))),
        (Quality.SHRUNK, None, Quality.SCRAMBLED),
        (Act(5, Deed.DEPLOY), Act(9, Deed.MAINTAIN)),
    )

    def run(scenario: Scenario) -> list[Violation]:
        deployed = any(act.deed is Deed.DEPLOY for act in scenario.acts)
        return [Violation(0, "rule", "broken")] if culprit in scenario.faults.faults and deployed else []

    smallest, violations = shrink(story, run)
    assert smallest == Scenario(1, 86_400, Faults((culprit,)), (Quality.GOOD,), (Act(5, Deed.DEPLOY),))
    assert violations == [Violation(0, "rule", "broken")]
