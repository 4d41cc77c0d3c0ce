"""Solutions of a dataset group against popularity: each is trained as the service would, on what each case allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tastemaker.errors import WorkflowFailedError
from tastemaker.evaluation.judging import Judged, join_judged, judge
from tastemaker.evaluation.protocols import build_cases, join_catalogue
from tastemaker.evaluation.ranking import ask, describe_catalogue, rank
from tastemaker.evaluation.report import build_difference, build_report
from tastemaker.facts.recipes import RecipeType
from tastemaker.simulator.recipes.base import TrainingFailedError, TrainingInput
from tastemaker.simulator.recipes.popularity_count import PopularityCountRecipe
from tastemaker.simulator.training import event_selection, take_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tastemaker.evaluation.protocols import Case
    from tastemaker.evaluation.protocols import Protocol as EvaluationProtocol
    from tastemaker.simulator.recipes.base import BoolArray, IntArray, InteractionTable, Model
    from tastemaker.simulator.recipes.histories import ObjectArray
    from tastemaker.simulator.trial import Trial

BASELINE = "popularity"
JUDGED_TYPES = frozenset({
    RecipeType.USER_PERSONALIZATION, RecipeType.PERSONALIZED_RANKING, RecipeType.POPULAR_ITEMS,
    RecipeType.RELATED_ITEMS,
})  # fmt: skip
"""Recipes that answer a user's moment with items. Others give users or actions, which no list of items can judge."""


class Listener(Protocol):
    """Hears of what happens, one call at a time."""

    def case_begins(self, case: Case, table: InteractionTable, catalogue: ObjectArray, item_ids: ObjectArray) -> None:
        """Before the first training of a case."""
        ...

    def trained(self, case: Case, solution: str) -> None:
        """After a training."""
        ...

    def ranked(self, case: Case, solution: str, lists: IntArray, catalogue: ObjectArray) -> None:
        """After a solution has answered all requests of a case; the baseline is called `popularity`."""
        ...


@dataclass
class Group:
    """Solutions that share cases and baseline.

    Attributes:
        whole: the cases are cut from all interactions, whatever each solution selects of them: different selections are
            judged by one truth. Otherwise all solutions select alike, and the cases are cut from that.
    """

    trials: dict[str, Trial] = field(default_factory=dict)
    whole: bool = False

    @property
    def table(self) -> InteractionTable:
        first = next(iter(self.trials.values()))
        return first.whole if self.whole else first.interactions

    def learnt(self, trial: Trial, case: Case) -> BoolArray:
        """The rows of the trial's interactions that the case lets it learn from."""
        return case.kept[trial.selected] if self.whole else case.kept

    def heard(self, solution: str, case: Case) -> BoolArray | None:
        """The input events that a solution reacts to; None for all."""
        if not self.whole or solution == BASELINE:
            return None
        return self.trials[solution].selected[case.input_rows]

    @property
    def item_ids(self) -> ObjectArray:
        return next(iter(self.trials.values())).item_ids


def group_by_selection(trials: Mapping[str, Trial]) -> list[Group]:
    """Solutions apart by the event types and values that they select; order is kept."""
    groups: dict[tuple[tuple[str, float | None], ...], Group] = {}
    for name, trial in trials.items():
        key = tuple(sorted(event_selection(trial.plan.version).thresholds.items(), key=lambda entry: entry[0]))
        groups.setdefault(key, Group()).trials[name] = trial
    return list(groups.values())


@dataclass(frozen=True)
class TrainingFailure:
    """Attributes:
    case: in which it failed.
    reason: the service's failureReason.
    """

    case: str
    reason: str


def evaluate_group(group: Group, protocol: EvaluationProtocol, listener: Listener) -> dict[str, Any]:
    """Solution to figures; empty when the protocol finds nobody to judge.

    Raises:
        WorkflowFailedError: a training failed, with the service's reason.
    """
    return _build_reports(group, judge_group(group, protocol, listener), protocol.seed)


def judge_group(
    group: Group,
    protocol: EvaluationProtocol,
    listener: Listener,
    failures: dict[str, TrainingFailure] | None = None,
) -> dict[str, list[Judged]]:
    """The baseline first and every solution to its judgements, one for each case; empty when nobody can be judged.

    Args:
        failures: takes each solution whose training failed; it has no judgements then, and the others go on. None ends
            with the first.

    Raises:
        WorkflowFailedError: a training failed, with the service's reason.
    """
    failed = {} if failures is None else failures
    judged: dict[str, list[Judged]] = {}
    table, catalogue = group.table, join_catalogue(group.table, group.item_ids)
    for case in build_cases(table, catalogue, protocol):
        described = describe_catalogue(table, case, catalogue, group.item_ids)
        asked = ask(table, case, catalogue)
        listener.case_begins(case, table, catalogue, group.item_ids)
        for name, train in _trainers(group, case).items():
            if name in failed:
                continue
            try:
                model = train()
            except TrainingFailedError as error:
                failed[name] = TrainingFailure(case.name, str(error.args[0]))
                if failures is None or name == BASELINE:
                    raise WorkflowFailedError("evaluate", name, "TrainingFailed", failed[name].reason) from error
                continue
            listener.trained(case, name)
            lists = rank(model, case, catalogue, repeats=protocol.repeats, heard=group.heard(name, case))
            judged.setdefault(name, []).append(judge(lists, asked, described))
            listener.ranked(case, name, lists, catalogue)
    return {name: parts for name, parts in judged.items() if name not in failed}


def _trainers(group: Group, case: Case) -> dict[str, Callable[[], Model]]:
    """The baseline first; every name to what trains it on the case."""

    def baseline() -> Model:
        return PopularityCountRecipe().train(TrainingInput(take_rows(group.table, case.kept), None, None, {}, 0))

    return {BASELINE: baseline} | {
        name: lambda trial=trial: trial.train(group.learnt(trial, case)) for name, trial in group.trials.items()
    }


def _build_reports(group: Group, judged: dict[str, list[Judged]], seed: int) -> dict[str, Any]:
    if not judged:
        return {}
    joined = {name: join_judged(parts) for name, parts in judged.items()}
    baseline = build_report(joined[BASELINE], seed)["metrics"]
    return {
        name: {
            "recipe": trial.recipe.name,
            "cases": len(judged[name]),
            **build_report(joined[name], seed),
            BASELINE: baseline,
            f"difference_to_{BASELINE}": build_difference(joined[name], joined[BASELINE], seed),
        }
        for name, trial in group.trials.items()
    }
