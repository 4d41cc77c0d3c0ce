from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tastemaker.model.rules import RULES
from tastemaker.model.rules.expressions import find_expression_problem
from tests.support.project_files import edit, find_mistakes

if TYPE_CHECKING:
    from pathlib import Path

UPV2 = "{recipe: aws-user-personalization-v2}"
SIMILAR = "{recipe: aws-similar-items}"
COLUMNS = "\n".join(f"      C{at}: {{type: string, categorical: true}}" for at in range(6))
LONG = "x" * 60
EVENTS = "  events: {eventTracker: shop-events}\n"
HOME = f"{EVENTS}experiments:\n  home: {{route: recommendations"
PROD = f"{EVENTS}environments:\n  prod: {{"
RAW = "prepare: {athena: {bucket: raw-bucket, tables: {"
PAIR = "variants: {a: {campaign: for-you}, b: {items: [i1]}}}"


def _home(second: str, first: str = "a: {campaign: for-you}") -> str:
    """An experiment of two variants; the second one begins in column 69, its value three later."""
    return f"{HOME}, variants: {{{first}, {second}}}}}\n"


def _search(config: str) -> str:
    """A solution that searches; `{integer: [...]}` is short for its ranges."""
    for kind in ("integer", "continuous", "categorical"):
        ranges = f"algorithmHyperParameterRanges: {{{kind}HyperParameterRanges: ["
        config = config.replace(f"{{{kind}: [", ranges)
    return f"{{recipe: aws-similar-items, performHPO: true, hpoConfig: {{{config}}}}}"


CASES = [
    ("project: shop", "project: shop\ntraffic: {requestsPerDay: {recomendations: 5}}", (2, 28, "traffic-route",
     "traffic is declared for `recomendations`, which is no route that asks a campaign")),
    ("project: shop", "project: shop\ntraffic: {rawGigabytes: {log: 5}}", (2, 26, "traffic-table",
     "raw data are declared for `log`, which is no table that Athena reads")),
    ("  clicks: data", "  clicks: s3://bucket/events/ # data", (3, 11, "source-kind",
     "source `clicks` is a folder of S3")),
    ("project: shop", "project: shop\nsilence: {recency-gab: closed in summer}", (2, 11, "silence-unknown-rule",
     "`recency-gab` is no rule that can be silenced")),
    ("project: shop", f"project: {'a' * 25}", (1, 10, "project-name", "the project name is 25 characters long")),
    ("  unseen:", "  un seen:", (15, 3, "resource-name", "`un seen` cannot be a name in Amazon Personalize")),
    ("  unseen:", f"  {LONG}:", (15, 3, "resource-name",
     f"`{LONG}` is 60 characters long, 40 are left beside project and environment")),
    ("project: shop", f"project: shop\n{RAW}other: {{prefix: o/, columns: {{a: string}}}}}}}}}}",
     (2, 40, "athena-table", "source `clicks` has no table for Athena")),
    ("project: shop", f"project: shop\n{RAW}other: {{prefix: o/, columns: {{a: string}}}}}}}}}}",
     (2, 49, "athena-table", "there is no source `other`")),
    ("project: shop", f"project: shop\n{RAW}clicks: {{prefix: o/, format: csv, columns: {{a: int}}}}}}}}}}",
     (2, 96, "athena-table", "a of a CSV is text to Athena, not int")),
    ("project: shop", f"project: shop\n{RAW}clicks: {{prefix: o/, columns: {{a b: int}}}}}}}}}}",
     (2, 80, "athena-table", "`a b` cannot be the name of a column in Athena")),
    ("  clicks: data", "  my-clicks: data", (3, 3, "source-kind", "source `my-clicks` cannot be a table name in SQL")),
    ("    sql: sql/interactions.sql", "    sql: a.sql\n    path: b.csv", (13, 5, "dataset-source",
     "datasets.interactions has both `sql` and `path`")),
    ("    sql: sql/interactions.sql\n", "", (5, 3, "dataset-source",
     "datasets.interactions says not where its rows come from")),
    ("      ITEM_ID: string\n", "      ITEMID: {type: string, categorical: true}\n", (6, 5, "schema-required-column",
     "the schema of interactions lacks the required column ITEM_ID")),
    ("    sql: sql/interactions.sql", "    sql: a.sql\n  users: {schema: {USER_ID: string}, path: u.csv}",
     (13, 11, "schema-required-column", "the schema of users holds no metadata column")),
    ("TIMESTAMP: long", "TIMESTAMP: int", (9, 18, "schema-reserved-type", "TIMESTAMP must be long, not int")),
    ("USER_ID: string", "USER_ID: {type: string, nullable: true}", (7, 41, "schema-reserved-type",
     "USER_ID may not be null")),
    ("EVENT_TYPE: string", "EVENT_TYPE: {type: string, categorical: true}", (10, 34, "schema-attribute",
     "EVENT_TYPE cannot be categorical: its meaning is fixed by Amazon Personalize")),
    ("      EVENT_TYPE: string", "      EVENT_TYPE: string\n      N: {type: int, categorical: true}",
     (11, 22, "schema-attribute", "N cannot be categorical: it is int, and only string columns can")),
    ("      EVENT_TYPE: string", "      EVENT_TYPE: string\n      N: {type: string, textual: true}",
     (11, 25, "schema-attribute", "N cannot be textual: only columns of items can")),
    ("    sql: sql/interactions.sql",
     ("    sql: a.sql\n  items: {path: i.csv, schema: {ITEM_ID: string, A: {type: string, textual: true}, "
     "B: {type: string, textual: true}}}"),
     (13, 102, "schema-attribute", "B cannot be textual: A is already, and a dataset takes one")),
    ("      EVENT_TYPE: string", "      EVENT_TYPE: string\n      EVENTTYPE: string", (11, 7, "schema-column-name",
     "EVENTTYPE and EVENT_TYPE are the same name to Amazon Personalize, which ignores underscores")),
    ("      EVENT_TYPE: string", "      EVENT_TYPE: string\n      1ST: string", (11, 7, "schema-column-name",
     "`1ST` cannot be a column name")),
    ("      EVENT_TYPE: string", f"      EVENT_TYPE: string\n{COLUMNS}", (16, 7, "schema-column-count",
     "interactions has 6 metadata columns; Amazon Personalize takes 5")),
    ("  unseen: EXCLUDE", "  unseen: REMOVE", (15, 11, "filter-expression",
     "At character 1: expected INCLUDE or EXCLUDE, found REMOVE.")),
    ("Interactions.EVENT_TYPE", "Items.GENRE", (15, 32, "filter-expression",
     "At character 22: Items.GENRE needs a dataset of type ITEMS, which the dataset group lacks.")),
    ('IN ("*")', f'IN ("{"a" * 2500}")', (15, 11, "filter-expression",
     "A filter expression has at most 2500 characters, this one has 2552.")),
    (UPV2, "{recipe: aws-user-personalisation-v2}", (17, 21, "recipe-unknown",
     "unknown recipe `aws-user-personalisation-v2`")),
    (UPV2, "{recipe: aws-hrnn}", (17, 21, "recipe-withdrawn",
     "recipe `aws-hrnn` is withdrawn; Amazon Personalize creates no new solution with it")),
    (SIMILAR, "{recipe: aws-semantic-similarity}", (18, 21, "recipe-needs-dataset",
     "recipe `aws-semantic-similarity` needs the dataset `items`")),
    (SIMILAR, "{recipe: aws-similar-items, hyperparameters: {bptt: 8}}", (18, 58, "hyperparameter-unknown",
     "recipe `aws-similar-items` has no hyperparameter `bptt`")),
    (UPV2, "{recipe: aws-user-personalization, hyperparameters: {bptt: 33}}", (17, 71, "hyperparameter-range",
     "`bptt` cannot be `33`")),
    (UPV2, "{recipe: aws-user-personalization-v2, hyperparameters: {apply_recency_bias: maybe}}",
     (17, 88, "hyperparameter-range", "`apply_recency_bias` cannot be `maybe`")),
    (UPV2, "{recipe: aws-user-personalization-v2, performHPO: true}", (17, 50, "option-not-supported",
     "recipe `aws-user-personalization-v2` has no `performHPO`")),
    (SIMILAR, "{recipe: aws-similar-items, hpoConfig: {}}", (18, 40, "hyperparameter-search",
     "`hpoConfig` needs `performHPO: true`")),
    (SIMILAR, _search("hpoResourceConfig: {maxParallelTrainingJobs: 11}"), (18, 115, "hyperparameter-search",
     "`maxParallelTrainingJobs` is 11; Amazon Personalize takes 10 at most")),
    (SIMILAR, _search("{integer: [{name: bptt, minValue: 2, maxValue: 4}]}"), (18, 139, "hyperparameter-search",
     "`bptt` cannot be searched")),
    (SIMILAR, _search("{continuous: [{name: item_id_hidden_dim, minValue: 30, maxValue: 40}]}"), (18, 142,
     "hyperparameter-search", "`item_id_hidden_dim` belongs to integerHyperParameterRanges")),
    (SIMILAR, _search("{integer: [{name: item_id_hidden_dim, minValue: 30, maxValue: 201}]}"), (18, 139,
     "hyperparameter-search", "the range of `item_id_hidden_dim` leaves what the recipe takes")),
    ("{solution: for-you}", "{solution: for-you, itemExplorationConfig: {explorationWeight: 0.3}}",
     (20, 32, "option-not-supported", "recipe `aws-user-personalization-v2` has no `itemExplorationConfig`")),
    (SIMILAR, "{recipe: aws-similar-items, excludedDatasetColumns: {interactions: [EVENT_KIND]}}",
     (18, 80, "column-unknown", "datasets.interactions has no column `EVENT_KIND`")),
    (SIMILAR, "{recipe: aws-similar-items, performAutoTraining: true}", (18, 61, "training-twice",
     "solution `similar` is trained by schedules.full and, billed again, by automatic training")),
    (SIMILAR, "{recipe: aws-similar-items, performAutoTraining: null}", (18, 61, "training-twice",
     "solution `similar` is trained by schedules.full and, billed again, by automatic training")),
    (SIMILAR, "{recipe: aws-similar-items, autoTrainingConfig: {schedulingExpression: rate(31 days)}}",
     (18, 83, "auto-training-rate", "automatic training cannot run at `rate(31 days)`")),
    ("{solution: similar}", "{solution: simlar}", (21, 23, "campaign-unknown-solution", "unknown solution `simlar`")),
    (UPV2, "{recipe: aws-item-affinity}", (20, 23, "campaign-recipe-type",
     "recipe `aws-item-affinity` answers no requests; it makes user segments by batch segment jobs")),
    ("cron(0 3 ? * SUN *)", "rate(0 days)", (23, 9, "schedule-expression",
     "schedules.full is no schedule expression: a rate is a whole number and minutes, hours or days")),
    ("Europe/Berlin", "Europe/Berln", (24, 13, "schedule-time-zone", "unknown time zone `Europe/Berln`")),
    ("schedules:", "release: {metric: ndcg_at_10}\nschedules:", (22, 19, "release-metric",
     "unknown metric `ndcg_at_10`")),
    ("filter: unseen}", "filter: seen}", (26, 48, "endpoint-unknown-reference", "unknown filter `seen`")),
    ("{campaign: similar}", "{campaign: simila}", (27, 23, "endpoint-unknown-reference", "unknown campaign `simila`")),
    ("{eventTracker: shop-events}", "{eventTracker: shop}", (28, 26, "endpoint-unknown-reference",
     "unknown event tracker `shop`")),
    ("{campaign: similar}", "{campaign: for-you}", (27, 23, "endpoint-recipe-type",
     "campaign `for-you` has a recipe of type USER_PERSONALIZATION; this route needs RELATED_ITEMS")),
    ("schedules:", "recommenders: {a: {recipe: aws-vod-most-populr}}\nschedules:", (22, 28, "recommender-use-case",
     "unknown use case `aws-vod-most-populr`")),
    ("schedules:", "recommenders: {a: {recipe: aws-vod-most-popular}}\nschedules:", (22, 28, "recommender-use-case",
     "use case `aws-vod-most-popular` belongs to domain VIDEO_ON_DEMAND")),
    ("project: shop\n",
     "project: shop\ndatasetGroup: {domain: ECOMMERCE}\nrecommenders: {a: {recipe: aws-vod-top-picks}}\n",
     (3, 28, "recommender-use-case", "use case `aws-vod-top-picks` needs the dataset `items`")),
    ("    sql: sql/interactions.sql",
     ("    sql: a.sql\n  items: {schema: {ITEM_ID: string, PRICE: float}, path: i.csv}\n"
      "datasetGroup: {domain: ECOMMERCE}"),
     (13, 11, "domain-required-column", "domain ECOMMERCE wants the column CATEGORY_L1 in items")),
    ("{solution: similar}", "{solution: similar, scaling: {minimum: 3, maximum: 2}}", (21, 63, "scaling-caps",
     "maximum 2 is less than minimum 3")),
    ("{solution: similar}", "{solution: similar, scaling: {maximum: 2, schedule: [{at: noon, minProvisionedTPS: 1}]}}",
     (21, 54, "scaling-schedule", "`at` is no schedule expression: `noon` is none of rate(…), cron(…), at(…)")),
    (SIMILAR + "\ncampaigns:",
     ("{recipe: aws-next-best-action}\ncampaigns:\n  act: {solution: similar, scaling: {maximum: 2, traffic: {}}}"),
     (20, 50, "scaling-metric", "Amazon Personalize counts no requests for actions, so traffic cannot be followed")),
    ("schedules:",
     "recommenders: {a: {recipe: aws-vod-most-popular, excludedDatasetColumns: {interactions: [X]}}}\nschedules:",
     (22, 90, "column-unknown", "datasets.interactions has no column `X`")),
    ("schedules:", "batch: {mail: {solution: simlar, input: a.json}}\nschedules:", (22, 26, "batch-unknown-reference",
     "unknown solution `simlar`")),
    ("schedules:", "batch: {mail: {solution: similar, kind: segments, input: a.json}}\nschedules:",
     (22, 41, "batch-kind", "recipe `aws-similar-items` makes no segments")),
    ("schedules:", "batch: {mail: {solution: similar, kind: themes, input: a.json}}\nschedules:",
     (22, 41, "batch-kind", "themes need the column with the items' names")),
    ("schedules:", "batch: {mail: {solution: similar, input: a.json, numResults: 501}}\nschedules:",
     (22, 62, "batch-kind", "numResults is at most 500 here")),
    ("schedules:", "batch: {mail: {solution: similar, input: a.json, schedule: daily}}\nschedules:",
     (22, 60, "batch-schedule",
      "batch.mail.schedule is no schedule expression: `daily` is none of rate(…), cron(…), at(…)")),
    ("schedules:", "metricAttribution: {name: m, metrics: {a: {eventType: buy, expression: SUM(x)}}}\nschedules:",
     (22, 72, "metric-attribution", "`SUM(x)` is no expression of a metric")),
    ("schedules:",
     "metricAttribution: {name: m, metrics: {a: {eventType: buy, expression: SUM(Interactions.ITEM_ID)}}}\nschedules:",
     (22, 72, "metric-attribution", "Interactions.ITEM_ID is no numeric column")),
    ("schedules:", "tags: {aws:x: y}\nschedules:", (22, 8, "tag",
     "`aws:x` begins with aws:, which AWS keeps for itself")),
    ("schedules:", "notifications: {email: [nobody]}\nschedules:", (22, 17, "notification-email",
     "`nobody` is no email address")),

    ("{campaign: similar}", "{campaign: similar, fallback: {campaign: similar}}", (27, 53, "endpoint-recipe-type",
     "campaign `similar` has a recipe of type RELATED_ITEMS; a fallback needs POPULAR_ITEMS")),
    ("{campaign: similar}", "{campaign: similar, filters: [unseen, old]}", (27, 50, "endpoint-unknown-reference",
     "unknown filter `old`")),
    ("{campaign: similar}", "{recommender: similar}", (27, 26, "endpoint-unknown-reference",
     "unknown recommender `similar`")),
    ("{campaign: similar}", "{}", (27, 3, "endpoint-owner", "a route asks either a `campaign` or a `recommender`")),
    ("{campaign: similar}", "{campaign: similar, fallback: {}}", (27, 32, "endpoint-owner",
     "the fallback has nothing to answer with")),
    ("filter: unseen}", "filter: unseen, context: {DEVICE: device}}", (26, 66, "endpoint-context",
     "`DEVICE` is no column of the interactions dataset")),
    ("{campaign: similar}", "{campaign: similar, metadataColumns: [TITLE]}", (27, 50, "endpoint-metadata",
     "`TITLE` is no column of the items dataset")),
    ("{campaign: similar}", "{campaign: similar, metadataColumns: [TITLE]}", (27, 32, "endpoint-metadata",
     "campaign `similar` gives no metadata")),
    ("{campaign: similar}",
     "{campaign: similar, metadataColumns: [T], metadata: {table: shop-catalogue, attributes: [title]}}",
     (27, 54, "endpoint-side-table", "`metadata` and `metadataColumns` exclude each other")),
    ("{campaign: similar}", "{campaign: similar, metadata: {table: shop-catalogue, attributes: [title, title]}}",
     (27, 86, "endpoint-side-table", "`title` stands here twice")),
    ("unseen}\n  related: {campaign: similar}",
     ("unseen, metadata: {table: cat, attributes: [t], path: a}}\n"
      "  ranking: {metadata: {table: cat, attributes: [t], path: b}}"),
     (27, 59, "endpoint-side-table", "table `cat` is filled from `a` already")),
    ("{campaign: similar}", "{campaign: similar}\n  items: true", (28, 10, "endpoint-dataset",
     "route `items` writes to a dataset that is not declared")),
    ("events: {eventTracker: shop-events}", "archive: {}", (28, 3, "endpoint-archive",
     "no route takes events that could be archived")),
    ("{campaign: similar}", "{campaign: similar}\n  iam: true\n  clients: {web: {}}", (28, 3, "endpoint-callers",
     "`clients` and `iam` exclude each other")),
    ("{campaign: similar}", "{campaign: similar}\n  clients: {Web: {}}", (28, 13, "endpoint-callers",
     "`Web` cannot be the name of a client")),
    ("{campaign: similar}", "{campaign: similar}\n  clients: {web: {routes: [popular]}}",
     (28, 28, "endpoint-unknown-reference", "client `web` may use route `popular`, which is not declared")),
    ("{campaign: similar}", "{campaign: similar}\n  timeZone: Mars", (28, 13, "schedule-time-zone",
     "unknown time zone `Mars`")),
    (EVENTS, _home("b: {campaign: fr-you}"), (30, 83, "experiment-variant", "unknown campaign `fr-you`")),
    (EVENTS, _home("b: {recommender: x}"), (30, 86, "experiment-variant", "unknown recommender `x`")),
    (EVENTS, _home("b: {campaign: similar}"), (30, 83, "experiment-variant",
     ("campaign `similar` has a recipe of type RELATED_ITEMS; route `recommendations` needs USER_PERSONALIZATION or "
     "POPULAR_ITEMS"))),
    (EVENTS, _home("b: {weight: 2}"), (30, 69, "experiment-variant",
     "variant `b` needs exactly one of `campaign`, `recommender` and `items`")),
    (EVENTS, _home("b: {campaign: for-you, items: [i1]}"), (30, 69, "experiment-variant",
     "variant `b` needs exactly one of `campaign`, `recommender` and `items`")),
    (EVENTS, f"{HOME}, variants: {{a: {{campaign: for-you}}}}}}\n", (30, 34, "experiment-variant",
     "experiment `home` has 1 variant")),
    (EVENTS, f"{HOME}, control: c, {PAIR}\n", (30, 43, "experiment-variant", "unknown variant `c`")),
    (EVENTS, _home("a: {items: [i1]}"), (30, 69, "duplicate-key", "key `a` is already set in line 30")),
    (EVENTS, _home("B 1: {items: [i1]}"), (30, 69, "experiment-name", "`B 1` cannot be the name of a variant")),
    (EVENTS, f"{EVENTS}experiments:\n  Home: {{route: recommendations, {PAIR}\n", (30, 3, "experiment-name",
     "`Home` cannot be the name of an experiment")),
    (EVENTS, f"{EVENTS}experiments:\n  home: {{route: popular, {PAIR}\n", (30, 17, "experiment-route",
     "unknown route `popular`")),
    (EVENTS, f"{EVENTS}experiments:\n  home: {{route: actions, {PAIR}\n", (30, 17, "wrong-value",
     "experiments.home.route cannot be `actions` (text)")),
    (EVENTS, f"{HOME}, {PAIR}\n  other: {{route: recommendations, {PAIR}\n", (31, 18, "experiment-route",
     "route `recommendations` is already in experiment `home`")),
    (EVENTS, f"{HOME}, mode: interleave, {PAIR}\n", (30, 52, "experiment-mode",
     "experiment `home` interleaves; that takes two campaigns or recommenders")),
    (EVENTS, _home("b: {campaign: for-you, weight: 2}").replace(", variants", ", mode: interleave, variants"),
     (30, 118, "experiment-mode", "teams of an interleaving are of equal size, so weights cannot differ")),
    (EVENTS, _home("b: {items: [i1], weight: 0}"), (30, 94, "wrong-value",
     "experiments.home.variants.b.weight input should be greater than 0, not `0` (a number)")),
    (EVENTS, _home("b: {items: [i1], weigth: 1}"), (30, 86, "unknown-key",
     "unknown key `weigth` in experiments.home.variants.b")),
    (EVENTS, f"{EVENTS}deploy: {{api: {{private: true}}}}\n", (29, 25, "deploy-private",
     "a private API is reached through the project's network")),
    (EVENTS, f"{EVENTS}deploy: {{monitoring: {{monthlyBudgetUsd: 5}}}}\n", (29, 23, "moved-key",
     "`monthlyBudgetUsd` in deploy.monitoring has moved")),
    (EVENTS, f"{EVENTS}deploy: {{api: {{reservedConcurrency: 5, provisionedConcurrency: 6}}}}\n", (29, 64,
     "deploy-concurrency", "6 warm instances, and only 5 may run")),
    (EVENTS, f"{EVENTS}deploy: {{network: {{cidr: 10.0.0.1/16}}}}\n", (29, 26, "deploy-cidr",
     "10.0.0.1/16 has host bits set")),
    (EVENTS, f"{EVENTS}environments:\n  production: {{}}\n", (30, 3, "environment-name",
     "`production` cannot be an environment")),
    (EVENTS, f"{PROD}campaigns: {{foryou: {{minProvisionedTPS: 2}}}}}}\n", (30, 22, "environment-capacity",
     "the project has no `foryou` in campaigns")),
    (EVENTS, f"{PROD}schedules: {{full: weekly}}}}\n", (30, 28, "schedule-expression", ("in environment prod: "
     "schedules.full is no schedule expression: `weekly` is none of rate(…), cron(…), at(…)"))),
    (EVENTS, f"{EVENTS}names: {{campaigns: {{foryou: Home}}}}\n", (29, 21, "existing-name",
     "the project has no `foryou` in campaigns")),
    (EVENTS, f"{EVENTS}names: {{solutions: {{for-you: a b}}}}\n", (29, 30, "existing-name",
     "`a b` cannot be a name in Amazon Personalize")),
    (EVENTS, f"{EVENTS}names: {{filters: {{unseen: {{name: Seen, contentHash: 12}}}}}}\n", (29, 53, "wrong-type",
     "names.filters.unseen.contentHash must be text, not `12` (a number)")),
    (EVENTS, f"{PROD}names: {{datasets: {{items: Things}}}}}}\n", (30, 29, "existing-name",
     "in environment prod: the project has no `items` in datasets")),
    (EVENTS, f"{EVENTS}datasetGroup: {{customerManagedKey: true, kmsKeyArn: 'arn:aws:kms:eu-west-1:1:key/a'}}\n",
     (29, 53, "dataset-group-key", "the dataset group cannot have two keys")),
    (EVENTS, f"{PROD}deploy: {{api: {{firewal: {{}}}}}}}}\n", (30, 25, "unknown-key",
     "unknown key `firewal` in environments.prod.deploy.api")),
]  # fmt: skip


def test_a_promotion_needs_a_filter_with_fixed_values(tmp_path: Path) -> None:
    placeholder = edit('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")', "INCLUDE ItemID WHERE Items.G IN ($G)")
    promoted = edit("filter: unseen}", "promotion: {filter: unseen, percentPromotedItems: 9}}", placeholder)
    finding = next(found for found in find_mistakes(tmp_path, promoted) if found.rule == "endpoint-promotion")
    assert finding.message == "filter `unseen` has a placeholder, and nobody gives a promotion its value"
    assert (finding.line, finding.column) == (26, 60)


@pytest.mark.parametrize(("old", "new", "expected"), CASES)
def test_a_broken_rule_gives_its_finding_and_says_what_to_do(
    tmp_path: Path, old: str, new: str, expected: tuple[int, int, str, str]
) -> None:
    findings = find_mistakes(tmp_path, edit(old, new))
    shown = [(found.line, found.column, found.rule, found.message) for found in findings]
    assert expected in shown
    assert all(found.hint for found in findings)


@pytest.mark.parametrize(
    ("withdrawn", "successor"),
    [("aws-hrnn", "aws-user-personalization-v2"), ("aws-hrnn-coldstart", "aws-user-personalization")],
)
def test_the_successor_of_a_withdrawn_recipe_is_advised(tmp_path: Path, withdrawn: str, successor: str) -> None:
    findings = find_mistakes(tmp_path, edit(UPV2, f"{{recipe: {withdrawn}}}"))
    assert [found.hint for found in findings if found.rule == "recipe-withdrawn"] == [f"Use `{successor}`."]


def test_a_rule_that_is_silenced_with_a_reason_finds_nothing(tmp_path: Path) -> None:
    twice = edit(UPV2, "{recipe: aws-user-personalization-v2, performAutoTraining: true}")
    assert [found.rule for found in find_mistakes(tmp_path, twice)] == ["training-twice"]
    assert find_mistakes(tmp_path, twice + "silence: {training-twice: the two are compared this week}\n") == []


def test_silence_needs_a_reason(tmp_path: Path) -> None:
    findings = find_mistakes(tmp_path, edit("project: shop", "project: shop\nsilence: {training-twice: ' '}"))
    assert [found.rule for found in findings] == ["wrong-value"]


def test_experiments_of_both_modes_are_fine(tmp_path: Path) -> None:
    teams = "variants: {a: {campaign: similar}, b: {campaign: similar}}"
    mixed = f"{HOME}, {PAIR}\n  beside: {{route: related, mode: interleave, {teams}}}\n"
    assert find_mistakes(tmp_path, edit(EVENTS, mixed)) == []


def test_every_rule_is_broken_by_a_case() -> None:
    tested_above = {"endpoint-promotion"}  # needs two edits
    assert {rule.id for rule in RULES} - {case[2][2] for case in CASES} - tested_above == set()


def test_every_rule_names_its_source_and_says_what_holds() -> None:
    assert [rule.id for rule in RULES if not rule.source or not rule.summary.endswith(".")] == []


def test_a_solution_without_a_campaign_is_fine(tmp_path: Path) -> None:
    text = edit("  related: {campaign: similar}\n", "", edit("  similar: {solution: similar}\n", ""))
    assert find_mistakes(tmp_path, text) == []


def test_automatic_training_without_a_schedule_is_fine(tmp_path: Path) -> None:
    text = edit(SIMILAR, "{recipe: aws-similar-items, performAutoTraining: true}")
    text = edit("  full: cron(0 3 ? * SUN *)\n", "", text)
    assert find_mistakes(tmp_path, text) == []


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 day)", "rate(5 minutes)", "rate(12 hours)", "at(2027-01-31T03:00:00)", "cron(0 3 ? * SUN *)",
        "cron(0 3 ? * MON-SAT *)", "cron(0/15 * * * ? *)", "cron(*/5 8-17 ? * MON,WED,FRI 2027-2030)",
        "cron(0 0 L * ? *)", "cron(0 0 15W * ? *)", "cron(0 0 ? * 6L *)", "cron(0 0 ? JAN-MAR MON#1 *)",
    ],
)  # fmt: skip
def test_an_expression_of_the_scheduler_is_accepted(expression: str) -> None:
    assert find_expression_problem(expression) is None


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("daily", "`daily` is none of rate(…), cron(…), at(…)"),
        ("rate(1 week)", "a rate is a whole number and minutes, hours or days"),
        ("at(2027-02-30T03:00:00)", "`2027-02-30T03:00:00` is no time like 2027-01-31T03:00:00"),
        ("cron(0 3 * * *)", "cron takes 6 fields (minutes hours day-of-month month day-of-week year), not 5"),
        ("cron(0 3 ? * ? *)", "exactly one of day of month and day of week must be ?"),
        ("cron(60 3 ? * SUN *)", "`60` is no minutes (0 to 59)"),
        ("cron(0 3 ? * SUNDAY *)", "`SUNDAY` is no day of week (1 to 7)"),
        ("cron(0 3/0 ? * SUN *)", "`3/0` is no hours (0 to 23)"),
    ],
)
def test_another_expression_is_refused_with_the_reason(expression: str, problem: str) -> None:
    assert find_expression_problem(expression) == problem
