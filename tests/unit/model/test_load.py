from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.errors import Finding, ProjectFileError
from tastemaker.model.load import load_project
from tests.support.project_files import GOOD_PROJECT, edit, find_mistakes, read_project, write_project

if TYPE_CHECKING:
    from pathlib import Path


def show(findings: list[Finding]) -> list[tuple[int, int, str, str, str]]:
    return [(found.line, found.column, found.rule, found.message, found.hint) for found in findings]


def test_a_good_project_is_read_with_its_words(tmp_path: Path) -> None:
    project = read_project(tmp_path)
    assert project.project == "shop"
    assert project.dataset_group_name == "shop"
    assert list(project.solutions) == ["for-you", "similar"]
    assert project.campaigns["for-you"].min_provisioned_tps == 1
    assert project.datasets.interactions is not None
    assert project.datasets.interactions.schema_fields["EVENT_VALUE"].nullable is True
    assert project.endpoints.recommendations is not None
    assert project.endpoints.recommendations.num_results == 25


def test_a_project_knows_its_folder_and_where_its_parts_stand(tmp_path: Path) -> None:
    project = read_project(tmp_path)
    assert project.file == tmp_path / "tastemaker.yaml"
    assert project.root == tmp_path
    assert project.locations.find(("campaigns", "similar", "solution")) == (21, 23)
    assert project.locations.find(("campaigns", "similar")) == (21, 3)
    assert project.locations.find(("campaigns", "similar", "minProvisionedTPS")) == (21, 3)


def test_a_folder_means_the_project_file_in_it(tmp_path: Path) -> None:
    assert load_project(write_project(tmp_path).parent).file == tmp_path / "tastemaker.yaml"


def test_false_null_and_absent_are_told_apart(tmp_path: Path) -> None:
    text = edit("{recipe: aws-similar-items}", "{recipe: aws-similar-items, performAutoTraining: false}")
    text = edit("{solution: similar}", "{solution: similar, enableMetadataWithRecommendations: null}", text)
    project = read_project(tmp_path, text)
    assert project.solutions["similar"].perform_auto_training is False
    assert not project.solutions["for-you"].wrote("perform_auto_training")
    assert project.campaigns["similar"].wrote("enable_metadata_with_recommendations")
    assert project.campaigns["similar"].enable_metadata_with_recommendations is None
    assert not project.campaigns["for-you"].wrote("enable_metadata_with_recommendations")


def test_hyperparameters_become_the_texts_of_the_api(tmp_path: Path) -> None:
    text = edit("{recipe: aws-user-personalization-v2}", "{recipe: aws-sims, hyperparameters: {}}")
    text = edit(
        "hyperparameters: {}", "hyperparameters: {popularity_discount_factor: 0.5, min_cointeraction_count: 3}", text
    )
    text = edit("  recommendations: {campaign: for-you, filter: unseen}\n", "", text)
    hyperparameters = read_project(tmp_path, text).solutions["for-you"].hyperparameters
    assert hyperparameters == {"popularity_discount_factor": "0.5", "min_cointeraction_count": "3"}


def test_all_findings_come_at_once_sorted_by_line(tmp_path: Path) -> None:
    text = edit("project: shop", "project: Shop")
    text = edit("  clicks: data/clicks.csv", "  clicks: data/clicks.txt", text)
    text = edit("      TIMESTAMP: long", "      TIMESTAMP: date", text)
    text = edit("aws-similar-items}", "aws-similar-item, performHpo: yes}", text)
    text = edit("{solution: for-you}", "{solution: for-yu, minProvisionedTPS: 0}", text)
    text = edit("  full: cron(0 3 ? * SUN *)", "  full: cron(0 3 * * SUN *)", text)
    assert show(find_mistakes(tmp_path, text)) == [
        (1, 10, "project-name", "`Shop` cannot be a project name",
         "Use lower-case letters, digits and single hyphens; start with a letter."),
        (3, 11, "source-kind", "source `clicks` is a file of unknown kind: data/clicks.txt",
         "Possible: .csv, .csv.gz, .parquet, or a folder of JSON Lines with a slash at its end."),
        (9, 18, "wrong-value", "datasets.interactions.schema.TIMESTAMP cannot be `date` (text)",
         "Possible: string, int, long, float, double, boolean."),
        (18, 21, "recipe-unknown", "unknown recipe `aws-similar-item`", "Did you mean `aws-similar-items`?"),
        (18, 39, "unknown-key", "unknown key `performHpo` in solutions.similar", "Did you mean `performHPO`?"),
        (20, 23, "campaign-unknown-solution", "unknown solution `for-yu`", "Did you mean `for-you`?"),
        (20, 50, "wrong-value", "campaigns.for-you.minProvisionedTPS must be at least 1, not `0` (a number)",
         "Change the value."),
        (23, 9, "schedule-expression",
         "schedules.full is no schedule expression: exactly one of day of month and day of week must be ?",
         "For example: rate(1 day), cron(0 3 ? * SUN *) or at(2027-01-31T03:00:00)."),
    ]  # fmt: skip


def test_a_part_that_cannot_be_read_causes_no_second_finding(tmp_path: Path) -> None:
    text = edit("{recipe: aws-user-personalization-v2}", "{recipe: 5}")
    assert show(find_mistakes(tmp_path, text)) == [
        (17, 21, "wrong-type", "solutions.for-you.recipe must be text, not `5` (a number)", "Put it in quotes.")
    ]


def test_a_misspelt_section_causes_no_second_finding(tmp_path: Path) -> None:
    assert show(find_mistakes(tmp_path, edit("campaigns:", "campaign:"))) == [
        (19, 1, "unknown-key", "unknown key `campaign`", "Did you mean `campaigns`?")
    ]


SHAPES = [
    ("{name: shop-events}", "{}", (13, 1, "missing-key", "`name` is missing in eventTracker", "Add `name: …`.")),
    ("project: shop\n", "", (1, 1, "missing-key", "`project` is missing in the file", "Add `project: …`.")),
    ("{name: shop-events}", "shop-events",
     (13, 15, "wrong-type", "eventTracker must be a mapping (key: value), not `shop-events` (text)", "")),
    ("{solution: similar}", "{solution: similar, minProvisionedTPS: '2'}",
     (21, 51, "wrong-type", "campaigns.similar.minProvisionedTPS must be a whole number, not `2` (text)", "")),
    ("{solution: similar}", "{solution: similar, enableMetadataWithRecommendations: yes}",
     (21, 67, "wrong-type",
      "campaigns.similar.enableMetadataWithRecommendations must be true or false, not `yes` (text)",
      "In YAML 1.2 write true, without quotes.")),
    ("    sql: sql/interactions.sql", "    sql: sql/interactions.sql\n  actions: {schema: {}}",
     (13, 3, "not-yet", "Actions datasets are not supported yet", "Remove this dataset for now.")),
    ("  unseen:", "  unseen: EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ($A)\n  unseen:",
     (16, 3, "duplicate-key", "key `unseen` is already set in line 15", "Keep one of the two.")),
    ("{campaign: similar}", "{campaign: similar, numResults: 501}",
     (27, 44, "wrong-value", "endpoints.related.numResults must be at most 500, not `501` (a number)",
      "Change the value.")),
    ("{recipe: aws-similar-items}", "{recipe: aws-similar-items, excludedDatasetColumns: {item: [X]}}",
     (18, 65, "wrong-value", "unknown key in solutions.similar.excludedDatasetColumns `item` (text)",
      "Did you mean `items`?")),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), SHAPES)
def test_a_mistake_of_shape_gives_one_finding(
    tmp_path: Path, old: str, new: str, expected: tuple[int, int, str, str, str]
) -> None:
    findings = show(find_mistakes(tmp_path, edit(old, new)))
    assert findings == [expected]


BROKEN_TEXTS = [
    ("", (1, 1, "empty-file", "the file declares nothing")),
    ("# nothing\n", (1, 1, "empty-file", "the file declares nothing")),
    ("- a\n", (1, 1, "wrong-type", "the file must be a mapping (key: value)")),
    ("project: [a\nb: c", (2, 2, "yaml-syntax", "while parsing a flow sequence, expected ',' or ']', but got ':'")),
    ("project: a: b", (1, 11, "yaml-syntax", "mapping values are not allowed here")),
    ("\tproject: a", (1, 1, "yaml-syntax",
     "while scanning for the next token, found character '\\t' that cannot start any token")),
    ("project: \0", (1, 1, "yaml-syntax", "the file holds characters that YAML does not allow")),
    ("project: *x", (1, 10, "yaml-syntax", "found undefined alias 'x'")),
    ("a: " + "[" * 500, (1, 53, "yaml-syntax", "the file is nested more than 50 levels deep")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BROKEN_TEXTS)
def test_text_that_is_no_project_gives_one_finding(
    tmp_path: Path, text: str, expected: tuple[int, int, str, str]
) -> None:
    assert [found[:4] for found in show(find_mistakes(tmp_path, text))] == [expected]


def test_an_alias_that_holds_itself_gives_a_finding(tmp_path: Path) -> None:
    rules = {found.rule for found in find_mistakes(tmp_path, "project: &a [*a]\ndatasets: {}\n")}
    assert rules == {"yaml-syntax", "wrong-type"}


def test_a_missing_file_gives_a_finding_and_exit_code_2(tmp_path: Path) -> None:
    with pytest.raises(ProjectFileError) as caught:
        load_project(tmp_path / "nowhere.yaml")
    assert caught.value.exit_code == 2
    assert [found.rule for found in caught.value.findings] == ["file-not-found"]
    assert caught.value.findings[0].message == "there is no such file"


def test_a_file_that_is_not_utf_8_gives_the_place_of_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "tastemaker.yaml"
    path.write_bytes(b"project: a\nfilters: \xe4\n")
    with pytest.raises(ProjectFileError) as caught:
        load_project(path)
    assert show(list(caught.value.findings)) == [(2, 10, "encoding", "the file is not UTF-8", "Save it as UTF-8.")]


def test_a_finding_reads_file_line_column_rule_and_what_to_do(tmp_path: Path) -> None:
    path = write_project(tmp_path, edit("{solution: similar}", "{solution: simila}"))
    with pytest.raises(ProjectFileError) as caught:
        load_project(path)
    expected = f"{path}:21:23: campaign-unknown-solution: unknown solution `simila`\n    Did you mean `similar`?"
    assert str(caught.value) == expected


def test_the_good_project_stands_on_its_own_lines() -> None:
    assert GOOD_PROJECT.splitlines()[20] == "  similar: {solution: similar}"
