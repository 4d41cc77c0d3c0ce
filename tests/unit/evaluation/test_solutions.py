from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tastemaker.errors import WorkflowFailedError
from tastemaker.evaluation.foreign import Files, judge_files
from tastemaker.evaluation.protocols import Case, Protocol, build_cases, join_catalogue
from tastemaker.evaluation.ranking import rank
from tastemaker.evaluation.solutions import Group, TrainingFailure, evaluate_group, group_by_selection, judge_group
from tastemaker.evaluation.written import write_case, write_lists
from tastemaker.simulator.recipes.base import TrainingFailedError
from tests.support.simulator import Lab, items_csv

if TYPE_CHECKING:
    from pathlib import Path

    from tastemaker.simulator.recipes.base import IntArray, InteractionTable, Model, Recipe, TrainingInput
    from tastemaker.simulator.recipes.histories import ObjectArray


def interactions_csv() -> str:
    """120 users who walk over 60 items, 30 events each; one in three is a buy of value 5."""
    lines = ["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"]
    for user in range(120):
        for event in range(30):
            kind, value = ("buy", "5") if event % 3 == 0 else ("view", "")
            lines.append(f"u{user:03},i{(user + event) % 60:02},{1_700_000_000 + event * 600 + user},{kind},{value}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def group(lab: Lab) -> str:
    arn = lab.group()
    lab.load(lab.dataset(arn), interactions_csv(), "interactions")
    lab.load(lab.dataset(arn, "Items"), items_csv(60), "items")
    return arn


@dataclass
class Recorder:
    """Writes each case and its lists where a folder is given; remembers who ranked."""

    folder: Path | None = None
    solutions: list[str] = field(default_factory=list)

    def case_begins(self, case: Case, table: InteractionTable, catalogue: ObjectArray, item_ids: ObjectArray) -> None:
        if self.folder is not None:
            write_case(self.folder, table, case, catalogue, item_ids)

    def trained(self, case: Case, solution: str) -> None:
        pass

    def ranked(self, case: Case, solution: str, lists: IntArray, catalogue: ObjectArray) -> None:
        self.solutions.append(solution)
        if self.folder is not None:
            write_lists(self.folder / f"{solution}.jsonl", case, lists, catalogue)


def test_a_trial_sees_the_kept_rows_as_a_training_of_the_solution_would(lab: Lab, group: str) -> None:
    solution = lab.solution(group, solutionConfig={"algorithmHyperParameters": {"apply_recency_bias": "false"}})
    lab.version(solution)
    trial = lab.simulator.begin_trial(solution)
    trial.train(np.ones(trial.interactions.user.size, np.bool_))
    served, tried = lab.recipe.seen
    assert tried.hyperparameters["apply_recency_bias"] == "false"
    assert tried.seed == served.seed
    assert tried.items is not None
    assert np.array_equal(tried.interactions.item, served.interactions.item)


def test_a_trial_weighs_event_types_as_the_solution_says(lab: Lab, group: str) -> None:
    weights = [{"eventType": "buy", "weight": 0.9}, {"eventType": "view", "weight": 0.1}]
    trial = lab.simulator.begin_trial(
        lab.solution(group, solutionConfig={"eventsConfig": {"eventParametersList": weights}})
    )
    trial.train(np.ones(trial.interactions.user.size, np.bool_))
    assert lab.recipe.seen[0].event_weights == {"buy": 0.9, "view": 0.1}


def test_a_trial_searches_hyperparameters_on_the_rows_that_it_may_see(lab: Lab, group: str) -> None:
    search = {"hpoConfig": {"hpoResourceConfig": {"maxNumberOfTrainingJobs": "2"}}}
    trial = lab.simulator.begin_trial(
        lab.solution(group, "aws-user-personalization", performHPO=True, solutionConfig=search)
    )
    trial.train(trial.interactions.user % 2 == 0)
    users = [np.unique(data.interactions.user).size for data in lab.recipe.seen]
    # 60 users, of whom a tenth is kept from the two trainings of the search
    assert users == [54, 54, 60]


def test_a_trial_learns_from_the_events_that_the_solution_selects(lab: Lab, group: str) -> None:
    threshold = {"eventValueThreshold": "5"}
    solution = lab.solution(group, "aws-user-personalization", eventType="buy", solutionConfig=threshold)
    trial = lab.simulator.begin_trial(solution)
    assert trial.interactions.user.size == 1_200


def test_excluded_columns_stay_excluded(lab: Lab, group: str) -> None:
    config = {"trainingDataConfig": {"excludedDatasetColumns": {"Items": ["PRICE"]}}}
    trial = lab.simulator.begin_trial(lab.solution(group, solutionConfig=config))
    trial.train(np.ones(trial.interactions.user.size, np.bool_))
    items = lab.recipe.seen[0].items
    assert items is not None
    assert set(items.columns) == {"GENRE"}


def test_a_trial_creates_nothing(lab: Lab, group: str) -> None:
    solution = lab.solution(group)
    trial = lab.simulator.begin_trial(solution)
    trial.train(np.ones(trial.interactions.user.size, np.bool_))
    assert lab.control("ListSolutionVersions", solutionArn=solution)["solutionVersions"] == []


def test_solutions_that_select_alike_share_cases_and_baseline(lab: Lab, group: str) -> None:
    trials = {
        name: lab.simulator.begin_trial(lab.solution(group, "aws-user-personalization", name, **more))
        for name, more in {"all": {}, "buys": {"eventType": "buy"}, "too": {}}.items()
    }
    assert [list(found.trials) for found in group_by_selection(trials)] == [["all", "too"], ["buys"]]


def test_a_held_out_user_is_never_in_the_training_data(lab: Lab, group: str) -> None:
    trials = {"feed": lab.simulator.begin_trial(lab.solution(group))}
    found = evaluate_group(group_by_selection(trials)[0], Protocol(folds=2), Recorder())
    assert [data.interactions.user_ids.size for data in lab.recipe.seen] == [108, 108]
    assert (found["feed"]["cases"], found["feed"]["users"]) == (2, 24)


def test_the_baseline_is_popularity(lab: Lab, group: str) -> None:
    trials = {"popular": lab.simulator.begin_trial(lab.solution(group, "aws-popularity-count", "popular"))}
    heard = Recorder()
    found = evaluate_group(group_by_selection(trials)[0], Protocol(folds=1), heard)["popular"]
    assert heard.solutions == ["popularity", "popular"]
    assert found["recipe"] == "aws-popularity-count"
    assert set(found["difference_to_popularity"]) == set(found["popularity"]) - {"coverage", "gini_of_exposure_at_10"}


@pytest.mark.parametrize("protocol", ["documented", "loo", "global"])
def test_files_of_a_split_are_judged_as_the_solution_was(lab: Lab, group: str, tmp_path: Path, protocol: str) -> None:
    trials = {"feed": lab.simulator.begin_trial(lab.solution(group))}
    folder = tmp_path / "split"
    found = evaluate_group(group_by_selection(trials)[0], Protocol(protocol, 1), Recorder(folder))["feed"]
    files = Files(
        folder / "feed.jsonl", folder / "truth.jsonl", folder / "train.csv", folder / "inputs.jsonl",
        folder / "items.csv",
    )  # fmt: skip
    judged = judge_files(files, 0)
    parts = ("users", "metrics", "users_by_input_length", "truth_by_item_interactions")
    assert {part: judged[part] for part in parts} == {part: found[part] for part in parts}
    assert (judged["users_without_list"], judged["items_outside_catalogue"]) == (0, 0)


def test_new_items_only_are_recommended_unless_repeats_are_asked_for(lab: Lab, group: str) -> None:
    trials = {"feed": lab.simulator.begin_trial(lab.solution(group))}
    groups = group_by_selection(trials)
    # the counting model puts the history first, newest item on top: nobody has the newest again
    new = evaluate_group(groups[0], Protocol("loo"), Recorder())["feed"]["metrics"]
    again = evaluate_group(groups[0], Protocol("loo", repeats=True), Recorder())["feed"]["metrics"]
    assert new["hit_rate_at_25"]["value"] > again["hit_rate_at_25"]["value"] == 0.0


def test_solutions_that_select_differently_are_judged_by_one_truth(lab: Lab, group: str) -> None:
    trials = {
        name: lab.simulator.begin_trial(lab.solution(group, "aws-user-personalization", name, **more))
        for name, more in {"all": {}, "buys": {"eventType": "buy"}}.items()
    }
    judged = judge_group(Group(trials, whole=True), Protocol(folds=1), Recorder())
    assert [data.interactions.user.size for data in lab.recipe.seen] == [108 * 30, 108 * 10]
    (whole,), (buys,) = judged["all"], judged["buys"]
    assert np.array_equal(whole.user_ids, buys.user_ids)
    assert np.array_equal(whole.pair_events, buys.pair_events)
    assert whole.per_user["recall_at_25"].tolist() != buys.per_user["recall_at_25"].tolist()


def test_a_solution_hears_of_the_events_that_it_selects_and_recommends_none_of_the_others(lab: Lab, group: str) -> None:
    trial = lab.simulator.begin_trial(lab.solution(group, "aws-user-personalization", eventType="buy"))
    shared = Group({"buys": trial}, whole=True)
    table = shared.table
    catalogue = join_catalogue(table, shared.item_ids)
    (case,) = build_cases(table, catalogue, Protocol(folds=1))
    heard = shared.heard("buys", case)
    assert heard is not None
    assert {table.event_types[code] for code in table.event_type[case.input_rows[heard]]} == {"buy"}
    assert heard.sum() == 9 * case.user_ids.size
    lists = rank(trial.train(shared.learnt(trial, case)), case, catalogue, repeats=False, heard=heard)
    histories = case.split.moments.histories
    had = set(zip(histories.rows.tolist(), histories.items.tolist(), strict=True))
    assert not had & {(row, item) for row, items in enumerate(lists.tolist()) for item in items}


class Refusing:
    """A recipe that never trains."""

    def train(self, data: TrainingInput) -> Model:
        raise TrainingFailedError("The dataset has no users")

    def load(self, folder: Path) -> Model:
        raise NotImplementedError


@dataclass
class RefusingSecond(Refusing):
    """A recipe that trains once."""

    recipe: Recipe
    trained: int = 0

    def train(self, data: TrainingInput) -> Model:
        self.trained += 1
        return self.recipe.train(data) if self.trained == 1 else super().train(data)


def test_where_failures_are_taken_the_others_go_on_and_the_failed_one_has_no_judgement(lab: Lab, group: str) -> None:
    trial = lab.simulator.begin_trial(lab.solution(group))
    refusing = RefusingSecond(trial.plan.recipe)
    failing, heard = replace(trial, plan=replace(trial.plan, recipe=refusing)), Recorder()
    failures: dict[str, TrainingFailure] = {}
    trials = {"failing": failing, "feed": trial}
    judged = judge_group(Group(trials, whole=True), Protocol(folds=3), heard, failures)
    assert {name: len(parts) for name, parts in judged.items()} == {"popularity": 3, "feed": 3}
    assert failures == {"failing": TrainingFailure("fold-02", "The dataset has no users")}
    assert heard.solutions.count("failing") == 1
    assert refusing.trained == 2  # it is not tried again


def test_a_training_that_fails_ends_with_the_reason_of_the_service(lab: Lab, group: str) -> None:
    trial = lab.simulator.begin_trial(lab.solution(group))
    refusing = replace(trial, plan=replace(trial.plan, recipe=Refusing()))
    with pytest.raises(WorkflowFailedError) as caught:
        evaluate_group(group_by_selection({"feed": refusing})[0], Protocol(folds=1), Recorder())
    assert (caught.value.exit_code, caught.value.cause) == (3, "The dataset has no users")
