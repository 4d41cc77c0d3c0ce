"""The page on testing is executed: its test file by pytest, its `with` block as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import boto3
import pytest

pytestmark = pytest.mark.slow


pytest_plugins = ["pytester"]

PAGE = Path(__file__).parents[3].joinpath("docs/testing.md").read_text(encoding="utf-8")
TEST_FILE, WITH_BLOCK = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_test_file_of_the_page_passes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # so that -p works beside the entry point too
    pytester.makepyfile(TEST_FILE)
    done = pytester.runpytest_subprocess("-W", "error", "--strict-markers", "-p", "tastemaker.testing.plugin")
    done.assert_outcomes(passed=5)


def test_the_with_block_of_the_page_runs() -> None:
    names = {"boto3": boto3}
    exec(compile(WITH_BLOCK, "docs/testing.md", "exec"), names)
    assert names["group"] == "arn:aws:personalize:us-east-1:123456789012:dataset-group/bookshop"


def test_the_page_names_every_fixture_setting_and_method() -> None:
    from tastemaker.testing import local_aws, plugin

    fixtures = re.findall(
        r"^@pytest\.fixture\ndef (\w+)", Path(plugin.__file__).read_text(encoding="utf-8"), re.MULTILINE
    )
    settings = [f"tastemaker_{name}" for name in plugin.SETTINGS]
    account = local_aws.LocalAws
    public = {*vars(account), *account.__dataclass_fields__}
    missing = [name for name in [*fixtures, *settings, *sorted(public)] if name[0] != "_" and name not in PAGE]
    assert fixtures == ["local_aws", "personalize", "personalize_runtime", "personalize_events"]
    assert missing == []
