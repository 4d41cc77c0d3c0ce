"""`tastemaker adopt FILE`: the configuration files of other tools, and what is told about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tastemaker.model.load import load_project
from tastemaker.plan.build import build_plan
from tests.support.command_line import run_command

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.command_line import Done

SAMPLES = Path("tests/support/foreign_configurations")


def adopt(folder: Path, sample: str, edit: Callable[[Any], None] | None = None) -> tuple[int, dict[str, Any]]:
    """Exit code and report for a sample, edited or as it is."""
    tree = json.loads((SAMPLES / f"{sample}.json").read_text(encoding="utf-8"))
    if edit is not None:
        edit(tree)
    file = folder / "config.json"
    file.write_text(json.dumps(tree, indent=1), encoding="utf-8")
    done = run_command("adopt", file, "--out", folder / "project", "--force", "--json")
    return done.code, json.loads(done.out)


def list_rules(report: dict[str, Any], severity: str) -> list[str]:
    return sorted(one["rule"] for one in report["findings"] if one["severity"] == severity)


def test_a_file_of_the_retired_solution_becomes_a_project(tmp_path: Path) -> None:
    code, report = adopt(tmp_path, "maintaining")
    assert (code, report["status"], report["project"]) == (0, "OK", "garden-shop")
    project = load_project(tmp_path / "project")
    assert {key: one.recipe for key, one in project.solutions.items()} == {
        "for-you": "aws-user-personalization",
        "classic": "aws-user-personalization-v2",
        "similar": "aws-similar-items",
    }
    assert project.campaigns["for-you-campaign"].item_exploration_config == {"explorationWeight": "0.3"}
    assert project.campaigns["for-you-campaign"].min_provisioned_tps == 10
    assert project.tags == {"team": "garden"}
    assert project.schedules is not None
    assert (project.schedules.full, project.schedules.incremental, project.schedules.paused) == (
        "cron(0 2 ? * 1 *)", "cron(0 2 ? * 2-7 *)", True,
    )  # fmt: skip
    job = project.batch["for-you"]
    assert (job.input, job.schedule, job.num_results) == (
        "batch/garden-shop/for-you/job_config.json", "cron(0 6 ? * 1 *)", 20,
    )  # fmt: skip
    assert project.names.solutions == {"for-you": "for-you", "similar": "similar"}


def test_what_is_obsolete_or_dangerous_in_the_retired_solution_is_told_with_its_place(tmp_path: Path) -> None:
    done = run_command("adopt", SAMPLES / "maintaining.json", "--out", tmp_path / "p", "--json")
    told = {(one["line"], one["rule"]) for one in json.loads(done.out)["findings"]}
    assert told == {
        (9, "no-kms-key"),
        (14, "imports-differ"),
        (16, "obsolete-key"),
        (121, "auto-training"),
        (131, "update-mode"),
        (138, "provisioned-tps"),
        (159, "auto-training"),
        (161, "recipe-withdrawn"),
        (170, "schedules-differ"),
        (175, "auto-training"),
    }


def test_an_input_of_the_cdk_sample_becomes_a_project(tmp_path: Path) -> None:
    code, report = adopt(tmp_path, "cdk_pipeline")
    assert (code, report["status"]) == (3, "LEFT_OUT")
    project = load_project(tmp_path / "project")
    ranking = project.solutions["FilmsRanking"]
    assert (ranking.recipe, ranking.perform_hpo, ranking.perform_auto_training) == (
        "aws-personalized-ranking", True, True,
    )  # fmt: skip
    assert ranking.hyperparameters == {"hidden_dimension": "55"}
    assert ranking.hpo_config is not None
    assert {one.key: one.path for one in project.datasets.declared()} == {
        "interactions": "s3://films-data/interactions.csv",
        "items": "data/items.csv",
        "users": "data/users.csv",
    }
    assert list(project.campaigns) == ["FilmsCampaign"]
    assert (project.batch["FilmsSegments"].kind, project.batch["FilmsSegments"].input) == ("segments", "segments-in/")
    assert project.names.schemas["users"].name == "FilmsGroup-UsersSchema-v1"


def test_what_the_cdk_sample_has_and_a_project_cannot_hold_is_told(tmp_path: Path) -> None:
    _, report = adopt(tmp_path, "cdk_pipeline")
    assert list_rules(report, "error") == ["not-carried-over"] * 2
    assert list_rules(report, "warning") == [
        "auto-training", "auto-training", "hpo", "no-kms-key", "obsolete-key", "placeholder", "switched-off",
    ]  # fmt: skip
    messages = [one["message"] for one in report["findings"]]
    assert "dataset ACTIONS is left out: the project file holds INTERACTIONS, ITEMS, USERS" in messages
    assert "solution FilmsRanking is trained by the service at rate(1 days)" in messages


def test_parameters_of_ml_ops_become_a_project(tmp_path: Path) -> None:
    code, report = adopt(tmp_path, "ml_ops")
    project = load_project(tmp_path / "project")
    assert {key: one.solution for key, one in project.campaigns.items()} == {
        "musicForYouCampaign": "musicForYou",
        "musicSimsCampaign": "musicSims",
    }
    assert project.solutions["musicForYou"].wrote("perform_auto_training") is False
    assert project.solutions["musicSims"].perform_auto_training is True
    assert (code, list_rules(report, "error")) == (3, ["campaign-unknown-solution"])


@pytest.mark.parametrize("sample", ["maintaining", "cdk_pipeline", "ml_ops"])
def test_the_plan_of_what_was_adopted_keeps_the_names_of_the_file(tmp_path: Path, sample: str) -> None:
    adopt(tmp_path, sample)
    resources = build_plan(load_project(tmp_path / "project")).resources
    tree = (SAMPLES / f"{sample}.json").read_text(encoding="utf-8")
    sections = ("DatasetGroups", "Datasets", "EventTrackers", "Filters", "Campaigns")
    names = [entry["Create"]["Name"] for section in sections for entry in resources[section]]
    assert [name for name in names if f'"{name}"' not in tree] == []


def _break_schedule(tree: Any) -> None:
    tree["solutions"][0]["workflowConfig"]["schedules"]["full"] = "cron(0 0 * * *)"


def _break_key(tree: Any) -> None:
    tree["solutions"][2]["serviceConfig"]["performAutoTrainig"] = False


def _break_section(tree: Any) -> None:
    tree["campaign"] = []


def _break_beside(tree: Any) -> None:
    tree["eventTracker"]["serviceConfg"] = {}


def _break_hyperparameter(tree: Any) -> None:
    tree["solutions"][0]["serviceConfig"]["solutionConfig"] = {"algorithmHyperParameters": {"bptt": "99"}}


def _break_update(tree: Any) -> None:
    tree["solutions"][2]["workflowConfig"]["schedules"]["update"] = "rate(1 day)"


def _break_schema(tree: Any) -> None:
    tree["datasets"]["items"]["schema"]["serviceConfig"]["schema"]["fields"][2]["type"] = "decimal"


def _break_filter(tree: Any) -> None:
    tree["filters"][0]["serviceConfig"]["filterExpression"] = "EXCLUDE ItemID"


def _break_recipe(tree: Any) -> None:
    tree["solutions"][2]["serviceConfig"]["recipeArn"] = "arn:aws:personalize:::recipe/aws-similar-item"


def _break_name(tree: Any) -> None:
    del tree["solutions"][1]["serviceConfig"]["name"]


def _break_double(tree: Any) -> None:
    tree["filters"][1]["serviceConfig"]["name"] = "bought"


def _break_tags(tree: Any) -> None:
    tree["eventTracker"]["serviceConfig"]["tags"] = [{"tagKey": "only", "tagValue": "here"}]


@pytest.mark.parametrize(
    ("edit", "rule", "message"),
    [
        (_break_schedule, "schedule-expression", (
            "solutions.0.workflowConfig.schedules.full is no schedule expression: cron takes 6 fields "
            "(minutes hours day-of-month month day-of-week year), not 5")),
        (_break_key, "unknown-key", "unknown key `performAutoTrainig`, which is left out"),
        (_break_section, "unknown-key", "unknown key `campaign`, which is left out"),
        (_break_beside, "unknown-key", "unknown key `serviceConfg`, which is left out"),
        (_break_hyperparameter, "hyperparameter-range",
         "solutions.for-you.hyperparameters.bptt is left out: `bptt` cannot be `99`"),
        (_break_update, "update-mode", "recipe aws-similar-items of similar cannot be trained"),
        (_break_schema, "schema-unreadable", 'items: column PRICE has the type "decimal"'),
        (_break_filter, "filter-expression", "filters.bought is left out: "),
        (_break_recipe, "recipe-unknown",
         "solutions.similar is left out: unknown recipe `aws-similar-item`"),
        (_break_name, "name-missing", "solutions.1.serviceConfig has no name, so it is left out"),
        (_break_double, "duplicate-name", "`bought` is there twice, and the second one is left out"),
        (_break_tags, "not-carried-over", "tags of garden-events that others lack are left out: only"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_told_with_its_place_and_what_to_do(
    tmp_path: Path, edit: Callable[[Any], None], rule: str, message: str
) -> None:
    code, report = adopt(tmp_path, "maintaining", edit)
    found = [one for one in report["findings"] if one["rule"] == rule and one["message"].startswith(message)]
    assert code == 3
    assert [(one["severity"], one["line"] > 1, bool(one["hint"])) for one in found] == [("error", True, True)]
    assert load_project(tmp_path / "project").project == "garden-shop"


def test_what_depends_on_what_was_left_out_is_left_out_too(tmp_path: Path) -> None:
    _, report = adopt(tmp_path, "maintaining", _break_recipe)
    assert [one["rule"] for one in report["findings"] if one["severity"] == "error"] == [
        "recipe-unknown", "campaign-unknown-solution",
    ]  # fmt: skip
    assert "similar" not in load_project(tmp_path / "project").solutions


def _refused(folder: Path, text: str) -> tuple[Done, list[dict[str, Any]]]:
    file = folder / "config.json"
    file.write_text(text, encoding="utf-8")
    done = run_command("adopt", file, "--out", folder / "project", "--json")
    assert not (folder / "project").exists()
    return done, json.loads(done.out)["findings"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1,\n  "b": }', (2, 8, "json-syntax")),
        ('{"Resources": {}}', (1, 1, "format-unknown")),
        ("[]", (1, 1, "format-unknown")),
        ('{"datasetGroup": {"serviceConfig": {}}}', (1, 19, "name-missing")),
        ('{"datasetGroup": {"name": 5}}', (1, 2, "name-missing")),
        ("[" * 100_000, (1, 1, "json-syntax")),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_written(
    tmp_path: Path, text: str, expected: tuple[int, int, str]
) -> None:
    done, findings = _refused(tmp_path, text)
    assert done.code == 2
    assert [(one["line"], one["column"], one["rule"]) for one in findings] == [expected]


def test_a_file_without_any_dataset_is_no_project(tmp_path: Path) -> None:
    done, findings = _refused(tmp_path, '{"datasetGroup": {"name": "Shop"}}')
    assert (done.code, [one["rule"] for one in findings]) == (2, ["no-kms-key", "missing-key"])


def test_nothing_is_replaced_without_force(tmp_path: Path) -> None:
    (tmp_path / "tastemaker.yaml").write_text("project: mine\n", encoding="utf-8")
    done = run_command("adopt", SAMPLES / "ml_ops.json", "--out", tmp_path)
    assert done.code == 2
    assert (tmp_path / "tastemaker.yaml").read_text(encoding="utf-8") == "project: mine\n"
    assert [path.name for path in tmp_path.iterdir()] == ["tastemaker.yaml"]


def test_the_project_and_its_environment_can_be_named(tmp_path: Path) -> None:
    options = ("--name", "music", "--environment", "prod", "--json")
    report = json.loads(run_command("adopt", SAMPLES / "ml_ops.json", "--out", tmp_path, *options).out)
    assert (report["project"], report["environment"]) == ("music", "prod")
    assert load_project(tmp_path).project == "music"


def test_an_environment_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    done = run_command("adopt", SAMPLES / "ml_ops.json", "--out", tmp_path, "--environment", "Production")
    assert done.code == 2
    assert "an environment is 1 to 8 lower-case letters and digits, a letter first" in done.err


def test_a_name_with_a_line_break_stays_a_remark(tmp_path: Path) -> None:
    def rename(tree: Any) -> None:
        tree["datasetGroup"]["name"] = "Music\nproject: other"

    code, report = adopt(tmp_path, "ml_ops", rename)
    assert (code, report["project"]) == (3, "music-project-other")
    assert load_project(tmp_path / "project").project == "music-project-other"


def test_either_a_file_or_a_dataset_group_is_adopted(tmp_path: Path) -> None:
    done = run_command("adopt", "--out", tmp_path)
    assert done.code == 2
    assert "Give either a configuration FILE or --dataset-group." in done.err


def test_findings_go_to_stderr_and_the_next_step_to_stdout(tmp_path: Path) -> None:
    done = run_command("adopt", SAMPLES / "ml_ops.json", "--out", tmp_path / "p")
    assert "1 left out, 3 to look at." in done.out
    assert "tests/support/foreign_configurations/ml_ops.json:82:31 provisioned-tps" in done.err
