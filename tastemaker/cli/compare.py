"""`tastemaker compare`: recipes and settings against each other on the project's own data, with advice and cost."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import click

from tastemaker.cli.candidates import gather_candidates
from tastemaker.cli.comparison_screen import show_comparison
from tastemaker.cli.cost import parse_prices
from tastemaker.cli.estimating import Overrides, build_traffic
from tastemaker.cli.inspecting import check_project
from tastemaker.cli.journey import deployed
from tastemaker.cli.options import FiniteRange, environment_option, json_option, project_option, seed_option
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import err, out
from tastemaker.cli.trials import Listening, import_data, nobody_to_judge
from tastemaker.cost.compare import price_campaign
from tastemaker.cost.traffic import Assumption
from tastemaker.data.row_counts import count_rows
from tastemaker.errors import WorkflowFailedError
from tastemaker.evaluation.candidates import Candidate
from tastemaker.evaluation.comparison import build_comparison
from tastemaker.evaluation.protocols import TENTHS, Protocol
from tastemaker.evaluation.report import HEADLINE
from tastemaker.evaluation.solutions import BASELINE, Group, TrainingFailure, judge_group
from tastemaker.facts.recipes import RECIPES
from tastemaker.plan.build import build_plan
from tastemaker.simulator.recipes.base import TrainingFailedError
from tastemaker.simulator.recipes.popularity_count import PopularityCountRecipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tastemaker.cli.candidates import Candidates
    from tastemaker.cli.inspecting import Checked
    from tastemaker.cost.traffic import Traffic
    from tastemaker.evaluation.judging import Judged
    from tastemaker.facts.prices import Prices
    from tastemaker.facts.recipes import RecipeFacts
    from tastemaker.simulator.trial import Trial

METRICS = (
    HEADLINE,
    "normalized_discounted_cumulative_gain_at_5",
    "normalized_discounted_cumulative_gain_at_25",
    "mean_reciprocal_rank_at_25",
    *(f"{kind}_at_{cut}" for kind in ("precision", "recall") for cut in (5, 10, 25)),
)
FOLDS = 3


@click.command("compare")
@project_option
@environment_option
@click.option("--recipe", "recipes", multiple=True, metavar="NAME", help="Compare this recipe; may be given again.")
@click.option(
    "--solution", "solutions", multiple=True, metavar="NAME", help="Compare this solution of the project, as declared."
)
@click.option(
    "--candidates",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="YAML with more: `compare:`, a mapping of names to what the project file has under `solutions`.",
)
@click.option(
    "--protocol",
    type=click.Choice(("rolling", "documented")),
    default="rolling",
    show_default=True,
    help="Cuts in time, or users held out as the service does.",
)
@click.option(
    "--folds",
    type=click.IntRange(1, TENTHS - 1),
    default=FOLDS,
    show_default=True,
    help="How many tenths of the events (rolling) or of the users (documented) to judge in turn.",
)
@click.option("--repeats", is_flag=True, help="What a user had before counts when it returns.")
@click.option(
    "--truth", metavar="EVENT_TYPE", help="Only events of this type are what candidates should foresee: purchases, say."
)
@click.option("--metric", type=click.Choice(METRICS), default=HEADLINE, show_default=True, help="Decides who is best.")
@click.option("--requests-per-day", type=FiniteRange(0), help="Of each route that asks a campaign, for the cost.")
@click.option(
    "--prices",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=parse_prices,
    help="YAML with prices that differ from the built-in table, as for tastemaker cost.",
)
@click.option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Also write a page with plots.")
@seed_option
@json_option
def command(
    project_path: Path, environment: str, recipes: tuple[str, ...], solutions: tuple[str, ...], file: Path | None,
    protocol: str, folds: int, repeats: bool, truth: str | None, metric: str, requests_per_day: float | None,
    prices: Prices,
    page: Path | None, seed: int, as_json: bool,
) -> None:  # fmt: skip
    """Compare recipes and settings on your own data, and recommend one with its reasons and cost."""
    checked = check_project(project_path, environment)
    candidates = gather_candidates(checked.project, recipes, solutions, file)
    rules = Protocol(protocol, folds, repeats, seed, truth)
    tried = _try(checked, candidates, rules)
    here, counts = checked.project.in_environment(environment), count_rows(checked.data.datasets)
    traffic = build_traffic(here, checked.plan, Overrides(requests_per_day), counts)
    described = _describe(tried, candidates, traffic, prices)
    report = {
        "project": checked.project.project,
        "protocol": asdict(rules),
        **build_comparison(tried.judged, described, metric, seed),
        "failed": {name: asdict(one) for name, one in tried.failed.items()},
        "skipped": tried.skipped,
        "assumptions": [asdict(one) for one in _sum_requests(traffic)],
        "prices_as_of": prices.as_of,
    }
    if page is not None:
        _write_page(page, report)
    if as_json:
        print_json(report)
    else:
        show_comparison(out(), report)
    if tried.failed:
        sys.exit(WorkflowFailedError.exit_code)


def _write_page(file: Path, report: dict[str, Any]) -> None:
    from tastemaker.evaluation.page import build_page
    from tastemaker.pages.render import write_page

    write_page(file, build_page(report))
    err().print(f"Report: {file}")


@dataclass(frozen=True)
class Tried:
    """What trainings and judgement gave.

    Attributes:
        judged: candidate, the baseline among them, to its judgement of each case.
        training_seconds: candidate to the seconds of each of its trainings.
        failed: candidate to its training that failed; it is in none of the others.
        skipped: recipe or candidate to the reason why it was not compared.
    """

    trials: Mapping[str, Trial]
    judged: Mapping[str, Sequence[Judged]]
    training_seconds: Mapping[str, Sequence[float]]
    failed: Mapping[str, TrainingFailure]
    skipped: Mapping[str, str]


def _try(checked: Checked, candidates: Candidates, rules: Protocol) -> Tried:
    """Import the data once, and train every candidate on each case."""
    plan = build_plan(candidates.project, checked.plan.environment)
    trying = replace(checked, project=candidates.project, plan=plan, side_tables={})
    listening, skipped = Listening(), dict(candidates.skipped)
    trials: dict[str, Trial] = {}
    with deployed(trying, seed=rules.seed, start=None) as run:
        for name, arn in import_data(run, candidates.declared).items():
            try:
                trials[name] = run.local.simulator.begin_trial(arn)
            except TrainingFailedError as error:
                skipped[name] = f"cannot be trained: {error.args[0]}"
        if not trials:
            raise _all_failed(skipped)
        failed: dict[str, TrainingFailure] = {}
        judged = judge_group(Group(trials, whole=True), rules, listening, failed)
    if not judged:
        raise nobody_to_judge(checked, rules)
    if failed.keys() == trials.keys():
        raise _all_failed({name: one.reason for name, one in failed.items()})
    kept = {name: trial for name, trial in trials.items() if name not in failed}
    return Tried(kept, judged, listening.training_seconds, failed, skipped)


def _all_failed(reasons: Mapping[str, str]) -> WorkflowFailedError:
    return WorkflowFailedError("compare", ", ".join(reasons), "TrainingFailed", "; ".join(reasons.values()))


def _sum_requests(traffic: Traffic) -> list[Assumption]:
    """What prices of a campaign depend on."""
    requests = [one for one in traffic.assumptions if one.name.startswith("requests")]
    origins = ", ".join(dict.fromkeys(one.origin for one in requests))
    total = Assumption("requests per day", sum(one.value for one in requests), origins)
    return [total, *(one for one in traffic.assumptions if one.name in {"interactions", "users"})]


def _describe(tried: Tried, candidates: Candidates, traffic: Traffic, prices: Prices) -> dict[str, Candidate]:
    """What each candidate is, took to train here and would cost."""

    def describe(name: str, facts: RecipeFacts, algorithm: type, settings: Mapping[str, Any], jobs: int) -> Candidate:
        option = price_campaign(facts, traffic, prices, trainings=1 + jobs)
        usd = {"total": option.total, "serving": option.serving_usd, "training": option.training_usd}
        return Candidate(facts, settings, algorithm.__name__, fmean(tried.training_seconds[name]), usd)

    described = {BASELINE: describe(BASELINE, RECIPES["aws-popularity-count"], PopularityCountRecipe, {}, 0)}
    for name, trial in tried.trials.items():
        settings = {key: value for key, value in candidates.declared[name].items() if key != "recipe"}
        jobs = 0 if trial.plan.search is None else trial.plan.search.jobs
        described[name] = describe(name, trial.recipe, type(trial.plan.recipe), settings, jobs)
    return described
