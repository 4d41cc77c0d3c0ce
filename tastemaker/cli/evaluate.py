"""`tastemaker evaluate`: solutions, or any tool's recommendations, against what users really did."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tastemaker.cli.evaluation_screen import show_evaluation
from tastemaker.cli.inspecting import check_project
from tastemaker.cli.journey import deployed
from tastemaker.cli.options import environment_option, json_option, project_option, seed_option
from tastemaker.cli.progress import step
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import out
from tastemaker.cli.trials import Listening, import_data, nobody_to_judge
from tastemaker.errors import UnsupportedBySimulatorError, WorkflowFailedError
from tastemaker.evaluation.foreign import Files, judge_files
from tastemaker.evaluation.protocols import PROTOCOLS, TENTHS, Protocol
from tastemaker.evaluation.solutions import JUDGED_TYPES, evaluate_group, group_by_selection
from tastemaker.facts.recipes import find_recipe
from tastemaker.model.suggest import find_close_match
from tastemaker.simulator.recipes.base import TrainingFailedError

if TYPE_CHECKING:
    from tastemaker.cli.inspecting import Checked
    from tastemaker.cli.journey import Run
    from tastemaker.simulator.trial import Trial

_FILE = click.Path(path_type=Path)
FOLDS = 3


@click.command("evaluate")
@project_option
@environment_option
@click.option("--solution", "names", multiple=True, metavar="NAME", help="Only this one; may be given again.")
@click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    default=PROTOCOLS[0],
    show_default=True,
    help="Users held out, everybody's last event, one cut in time, or several.",
)
@click.option(
    "--folds",
    type=click.IntRange(1, TENTHS),
    default=FOLDS,
    show_default=True,
    help="How many tenths of the users (documented) or of the events (rolling, at most 9) to hold out in turn.",
)
@click.option(
    "--repeats", is_flag=True, help="What a user had before may be recommended, and is truth when it returns."
)
@click.option(
    "--write-split",
    "folder",
    type=_FILE,
    metavar="FOLDER",
    help="Also write each split and its recommendations there, for other tools.",
)
@click.option("--recommendations", type=_FILE, metavar="FILE", help="Judge this file of JSON lines instead.")
@click.option("--truth", type=_FILE, metavar="FILE", help="With --recommendations: JSON lines, or CSV of pairs.")
@click.option("--training", type=_FILE, metavar="FILE", help="With --recommendations: CSV that the tool learned from.")
@click.option("--inputs", type=_FILE, metavar="FILE", help="With --recommendations: JSON lines of earlier events.")
@click.option("--items", type=_FILE, metavar="FILE", help="With --recommendations: CSV of the whole catalogue.")
@seed_option
@json_option
def command(
    project_path: Path, environment: str, names: tuple[str, ...], protocol: str, folds: int, repeats: bool,
    folder: Path | None, recommendations: Path | None, truth: Path | None, training: Path | None,
    inputs: Path | None, items: Path | None, seed: int, as_json: bool,
) -> None:  # fmt: skip
    """Judge solutions, or any tool's recommendations, by what users really did."""
    if any((recommendations, truth, training, inputs, items)):
        if names or folder is not None:
            raise click.UsageError("--solution and --write-split judge a project, not a file: choose one.")
        files = Files(*_all_given(recommendations, truth, training), inputs, items)
        with step("reading and judging"):
            report = {"recommendations": str(files.recommendations), **judge_files(files, seed)}
    else:
        if protocol == "rolling" and folds == TENTHS:
            raise click.UsageError(
                "--protocol rolling has at most 9 folds: the first tenth of the events is for training."
            )
        rules = Protocol(protocol, folds, repeats, seed)
        report = _evaluate_project(check_project(project_path, environment), names, rules, folder)
    if as_json:
        print_json(report)
    else:
        show_evaluation(out(), report)


def _all_given(recommendations: Path | None, truth: Path | None, training: Path | None) -> tuple[Path, Path, Path]:
    if recommendations is None or truth is None or training is None:
        raise click.UsageError("To judge a file, give all of --recommendations, --truth and --training.")
    return recommendations, truth, training


def _evaluate_project(checked: Checked, names: tuple[str, ...], rules: Protocol, folder: Path | None) -> dict[str, Any]:
    chosen, skipped = _choose(checked, names)
    found: dict[str, Any] = {}
    with deployed(checked, seed=rules.seed, start=None) as run:
        groups = group_by_selection(_begin_trials(run, chosen))
        if folder is not None and len(groups) > 1:
            hint = "Name one with --solution: these solutions learn from different events."
            raise click.UsageError(f"--write-split writes one split. {hint}")
        for group in groups:
            found |= evaluate_group(group, rules, Listening(folder))
    if not found:
        raise nobody_to_judge(checked, rules)
    return {"protocol": asdict(rules), "solutions": {name: found[name] for name in chosen}, "skipped": skipped}


def _choose(checked: Checked, names: tuple[str, ...]) -> tuple[list[str], dict[str, str]]:
    """Solutions to judge, and the others with the reason."""
    recipes = {name: find_recipe(solution.recipe) for name, solution in checked.project.solutions.items()}
    for name in names:
        if name not in recipes:
            close = find_close_match(name, recipes)
            advice = f" Did you mean {close!r}?" if close else f" Solutions: {', '.join(recipes)}."
            raise click.UsageError(f"The project has no solution {name!r}.{advice}")
    skipped = {
        name: f"{recipe.name} does not answer a user with items"
        for name, recipe in recipes.items()
        if recipe is not None and recipe.type not in JUDGED_TYPES and name in (names or recipes)
    }
    chosen = [name for name in recipes if name not in skipped and name in (names or recipes)]
    if not chosen:
        what = "; ".join(f"evaluation of {name}: {reason}" for name, reason in skipped.items())
        raise UnsupportedBySimulatorError(what or "evaluation of a project without solutions")
    return chosen, skipped


def _begin_trials(run: Run, names: list[str]) -> dict[str, Trial]:
    """Each solution's snapshot; nothing is trained yet."""
    trials = {}
    for name, arn in import_data(run, names).items():
        try:
            trials[name] = run.local.simulator.begin_trial(arn)
        except TrainingFailedError as error:
            raise WorkflowFailedError("evaluate", name, "TrainingFailed", str(error.args[0])) from error
    return trials
