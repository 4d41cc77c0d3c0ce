"""`tastemaker experiment`: what an experiment has shown, how large it has to be, and its records."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from tastemaker.cli.experiment_screen import show_size, show_split, show_teams
from tastemaker.cli.options import FiniteRange, environment_option, json_option, parse_moment, project_option
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import err
from tastemaker.errors import AwsError, TastemakerError
from tastemaker.model.load import load_project
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.experiments.records import Records
    from tastemaker.model.experiments import Experiment
    from tastemaker.plan.specs import Plan
    from tastemaker.runner.seams import AwsCaller

_SHARE = FiniteRange(0, 1, min_open=True, max_open=True)


@click.group("experiment")
def command() -> None:
    """What an experiment has shown, how large it has to be, and its records."""


@command.command("report")
@project_option
@json_option
@click.argument("name")
@click.option(
    "--records",
    "paths",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    required=True,
    help="File of JSON lines, or folder with *.jsonl; may be given again.",
)
@click.option("--outcome", default=None, metavar="EVENT_TYPE", help="What counts as success; any outcome if absent.")
@click.option("--since", callback=parse_moment, metavar="MOMENT", help="Leave out what happened before, ISO 8601.")
def report(
    project_path: Path, as_json: bool, name: str, paths: tuple[Path, ...], outcome: str | None, since: float | None
) -> None:
    """Rates, lifts with intervals, a test for any number of looks, and whether the shares are as designed."""
    from tastemaker.experiments.records import Selection, read_records

    experiment = _find_experiment(project_path, name)
    with read_records(paths, Selection(name, outcome, since or 0.0)) as records:
        build = build_team_figures if experiment.mode == "interleave" else build_split_figures
        figures = {"experiment": name, "outcome": outcome, **build(experiment, records)}
    if as_json:
        print_json(figures)
    else:
        (show_teams if experiment.mode == "interleave" else show_split)(figures)


@command.command("size")
@json_option
@click.option("--baseline", type=_SHARE, required=True, help="Rate of conversion today, such as 0.05.")
@click.option("--lift", type=float, required=True, help="Smallest relative lift to find; 0.1 is a tenth more.")
@click.option("--power", type=_SHARE, default=0.8, show_default=True, help="Probability to find it.")
@click.option("--significance", type=_SHARE, default=0.05, show_default=True, help="Of a two-sided test.")
@click.option("--control-share", type=_SHARE, default=0.5, show_default=True, help="Of the units of both variants.")
def size(as_json: bool, baseline: float, lift: float, power: float, significance: float, control_share: float) -> None:
    """How many users and sessions two variants need."""
    from tastemaker.experiments.size import units_needed

    try:
        control, treatment = units_needed(
            baseline, lift, power=power, significance=significance, control_share=control_share
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    figures = {"control": control, "treatment": treatment, "total": control + treatment}
    if as_json:
        print_json(figures)
    else:
        show_size(figures)


@command.command("export")
@project_option
@environment_option
@click.option("--region", required=True, help="AWS Region of the deployment; credentials are the AWS CLI's.")
@click.option("--to", "target", type=click.Path(path_type=Path), default=None, help="File; standard output if absent.")
@json_option
def export(project_path: Path, environment: str, region: str, target: Path | None, as_json: bool) -> None:
    """Write exposures and outcomes of a deployed project as JSON lines; they hold hashes instead of ids."""
    from tastemaker.aws import Boto3Caller
    from tastemaker.plan.build import build_plan

    plan = build_plan(load_project(project_path), environment)
    if as_json and target is None:
        raise click.UsageError(
            "--json needs --to FILE: without it the records themselves are the output, one per line."
        )
    count = save_records(Boto3Caller(region), plan, target)
    if as_json:
        print_json({"status": "OK", "records": count, "file": str(target)})


def save_records(aws: AwsCaller, plan: Plan, target: Path | None) -> int:
    """Write the records of a plan's experiments, one JSON object per line; tells how many.

    Raises:
        TastemakerError: there are none, they cannot be read, or the file cannot be written.
    """
    from tastemaker.runner.experiment_records import read_records

    if plan.experiment_table is None:
        raise TastemakerError("The project has no experiments, hence no records.")
    count = 0
    try:
        with _writing(target) as file:
            for record in read_records(aws, plan.prefix, plan.experiment_table):
                file.write(json.dumps(record) + "\n")
                count += 1
    except AwsError as error:
        raise TastemakerError(f"The records of {plan.prefix} cannot be read: {error.code}: {error.message}") from error
    except OSError as error:
        raise TastemakerError(f"{target} cannot be written: {error.strerror}") from error
    err().print(f"{count} record{'' if count == 1 else 's'} of exposures and outcomes.")
    return count


def build_split_figures(experiment: Experiment, records: Records) -> dict[str, Any]:
    """The report of a split as data; lifts are relative to the control."""
    from tastemaker.experiments.comparison import MISMATCH_P_VALUE, check_ratio, compare_arms

    arms = records.arms({name: variant.weight for name, variant in experiment.variants.items()})
    control = next(arm for arm in arms if arm.name == experiment.control_name)
    ratio = check_ratio(arms)
    return {
        "mode": "split",
        "control": control.name,
        "variants": [
            {
                "name": arm.name,
                "weight": arm.weight,
                "units": arm.units,
                "conversions": arm.conversions,
                "rate": arm.rate,
            }
            for arm in arms
        ],
        "lifts": [_finite(asdict(compare_arms(control, arm))) for arm in arms if arm is not control],
        "sampleRatio": {"p_value": ratio, "mismatch": ratio < MISMATCH_P_VALUE},
        "ignored": asdict(records.ignored(list(experiment.variants))),
    }


def build_team_figures(experiment: Experiment, records: Records) -> dict[str, Any]:
    """The report of an interleaving as data."""
    from tastemaker.experiments.comparison import compare_teams
    from tastemaker.experiments.records import INTERLEAVED

    first, second = experiment.variants
    preference = compare_teams((first, second), *records.credits((first, second)))
    return {
        "mode": "interleave",
        "teams": [first, second],
        "units": records.exposed_units(),
        **asdict(preference),
        "ignored": asdict(records.ignored([INTERLEAVED])),
    }


def _find_experiment(project_path: Path, name: str) -> Experiment:
    experiments = load_project(project_path).experiments
    if name not in experiments:
        raise click.UsageError(f"There is no experiment {name!r}. {build_hint(name, experiments, 'Experiments')}")
    return experiments[name]


def _finite(figures: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinity."""
    return {name: None if value == float("inf") else value for name, value in figures.items()}


@contextmanager
def _writing(target: Path | None) -> Iterator[TextIO]:
    if target is None:
        yield sys.stdout
        return
    with target.open("w", encoding="utf-8") as file:
        yield file
