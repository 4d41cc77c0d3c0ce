"""The estimate against the meter of the local Personalize, over thirty virtual days of the example."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.command_line import run_command

pytestmark = pytest.mark.slow

EXAMPLE = Path("examples/movielens")


def test_the_estimate_is_within_five_percent_of_the_meter(tmp_path: Path) -> None:
    """With the ratings of one user in ten: capacity is what costs, and trainings on all of them take a minute."""
    project = shutil.copytree(EXAMPLE, tmp_path / "project", ignore=shutil.ignore_patterns(".tastemaker"))
    sql = project / "sql/interactions.sql"
    sql.write_text(sql.read_text(encoding="utf-8") + "WHERE userId % 10 = 4\n", encoding="utf-8")
    played = run_command("run", "--project", project, "--until", "30d", "--json")
    assert played.code == 0, played.err
    report = json.loads(played.out)
    requests = sum(day["requests"] for day in report["days"]) / 30
    traffic = ("--requests-per-day", str(requests), "--events-per-day", str(requests), "--days", "30")
    estimate = json.loads(run_command("cost", "--project", project, "--json", *traffic).out)
    lines = estimate["lines"]
    estimated = sum(line["usd"] for line in lines if line["service"] in {"Amazon Personalize", "AWS Step Functions"})
    metered = report["cost"]["total"] + report["step_functions_usd"]
    assert estimated == pytest.approx(metered, rel=0.05)
    for meter in ("recommendations (v2 recipes)", "recommendations (other recipes)"):
        assert sum(line["usd"] for line in lines if line["meter"] == meter) == pytest.approx(
            report["cost"][meter], rel=0.01
        )
