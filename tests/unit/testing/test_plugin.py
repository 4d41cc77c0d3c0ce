"""The pytest plugin in a pytest of its own, as users run it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow


pytest_plugins = ["pytester"]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Runs a test file with the plugin; other plugins stay out, and warnings are errors."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # so that -p works beside the entry point too

    def run_file(text: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(text)
        plugin = ("-p", "tastemaker.testing.plugin")
        return pytester.runpytest_subprocess("-W", "error", "--strict-markers", *plugin, *arguments)

    return run_file


def test_importing_the_plugin_loads_nothing_but_pytest_and_the_errors() -> None:
    script = (
        "import json, sys, pytest\nbefore = set(sys.modules)\nimport tastemaker.testing.plugin\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [
        "tastemaker",
        "tastemaker.errors",
        "tastemaker.testing",
        "tastemaker.testing.plugin",
    ]


def test_a_run_that_asks_for_no_fixture_loads_no_sdk(run: Callable[..., pytest.RunResult]) -> None:
    done = run(
        """
        import sys

        def test_plain():
            assert {"boto3", "botocore", "moto", "numpy", "duckdb", "tastemaker.local"} & set(sys.modules) == set()
        """
    )
    done.assert_outcomes(passed=1)


def test_every_test_gets_one_account_of_its_own(run: Callable[..., pytest.RunResult]) -> None:
    done = run(
        """
        import os

        import boto3
        import pytest

        @pytest.mark.parametrize("time", ["first", "second"])
        def test_new_each_time(local_aws, personalize, personalize_runtime, personalize_events, time):
            assert personalize.list_dataset_groups()["datasetGroups"] == []
            assert local_aws.s3.list_buckets()["Buckets"] == []
            personalize.create_dataset_group(name="shop")
            local_aws.s3.create_bucket(Bucket="shop")
            assert len(boto3.client("personalize").list_dataset_groups()["datasetGroups"]) == 1
            names = [each.meta.service_model.service_name for each in (personalize_runtime, personalize_events)]
            assert names == ["personalize-runtime", "personalize-events"]
            assert local_aws.client("personalize") is personalize

        def test_nothing_is_left():
            assert "AWS_REGION" not in os.environ
            assert boto3.DEFAULT_SESSION is None
        """
    )
    done.assert_outcomes(passed=3)


def test_the_closest_marker_wins_over_wider_ones_and_the_file(
    run: Callable[..., pytest.RunResult], pytester: pytest.Pytester
) -> None:
    pytester.makeini("[pytest]\ntastemaker_seed = 3\ntastemaker_start = 1700000000\ntastemaker_region = eu-west-1\n")
    done = run(
        """
        import boto3
        import pytest

        def test_of_the_file(local_aws, personalize):
            assert (local_aws.seed, local_aws.clock.now(), local_aws.region) == (3, 1_700_000_000, "eu-west-1")
            arn = personalize.create_dataset_group(name="shop")["datasetGroupArn"]
            assert arn == "arn:aws:personalize:eu-west-1:123456789012:dataset-group/shop"
            assert boto3.client("sns").meta.region_name == "eu-west-1"

        @pytest.mark.tastemaker(seed=5, start="2026-01-01T00:00:00+01:00")
        class TestMarked:
            @pytest.mark.tastemaker(seed=7)
            def test_of_the_marker(self, local_aws):
                assert (local_aws.seed, local_aws.clock.now(), local_aws.region) == (7, 1_767_222_000, "eu-west-1")
        """
    )
    done.assert_outcomes(passed=2)


def test_a_wrong_setting_is_refused_without_a_trace(run: Callable[..., pytest.RunResult]) -> None:
    done = run(
        """
        import pytest

        @pytest.mark.tastemaker(7, sede=7)
        def test_unknown(local_aws): ...

        @pytest.mark.tastemaker(seed=1.5)
        def test_seed(local_aws): ...

        @pytest.mark.tastemaker(start="2026-01-01")
        def test_start(local_aws): ...
        """
    )
    done.assert_outcomes(errors=3)
    done.stdout.fnmatch_lines(
        [
            "fixture local_aws: @pytest.mark.tastemaker does not know 7, sede; write seed=…, start=… or region=….",
            "fixture local_aws: seed='1.5' is not a whole number of at least 0.",
            "fixture local_aws: start='2026-01-01' is not a moment in time; write epoch seconds or *",
        ]
    )
    done.stdout.no_fnmatch_line("*Traceback*")


def test_a_fixture_of_the_users_own_wins(run: Callable[..., pytest.RunResult], pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import pytest\n\n@pytest.fixture\ndef personalize():\n    return 'mine'\n")
    done = run("def test_mine(personalize):\n    assert personalize == 'mine'\n")
    done.assert_outcomes(passed=1)


def test_pytest_itself_explains_fixtures_marker_and_settings(run: Callable[..., pytest.RunResult]) -> None:
    fixtures = run("", "--fixtures")
    fixtures.stdout.fnmatch_lines(
        [
            "local_aws -- *plugin.py*",
            "    A new AWS account for one test: Personalize from Tastemaker, S3, KMS, IAM and the rest from moto.",
            "personalize_events -- *plugin.py*",
        ]
    )
    assert "@pytest.mark.tastemaker(seed, start, region): " in run("", "--markers").stdout.str()
