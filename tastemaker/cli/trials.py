"""What `evaluate` and `compare` share: solutions on imported data without a training yet, and progress."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tastemaker.cli.progress import step
from tastemaker.cli.screen import err
from tastemaker.errors import DataError, Finding
from tastemaker.evaluation.solutions import BASELINE
from tastemaker.evaluation.written import write_case, write_lists
from tastemaker.plan.tokens import resolve_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tastemaker.cli.inspecting import Checked
    from tastemaker.cli.journey import Run
    from tastemaker.evaluation.protocols import Case, Protocol
    from tastemaker.simulator.recipes.base import IntArray, InteractionTable
    from tastemaker.simulator.recipes.histories import ObjectArray


def import_data(run: Run, names: Iterable[str]) -> dict[str, str]:
    """Create the resources and import the data; solution's name to its ARN."""
    local, full = run.local, run.local.plan.maintenance["FULL"]
    local.upload(run.files)
    local.execute("ensure", local.plan.resources)
    local.execute("import-data", full["Import"])
    arns = {entry["SolutionName"]: entry["Train"]["SolutionArn"] for entry in full["Solutions"]}
    return {name: str(resolve_tokens(arns[name], local.values)) for name in names}


def nobody_to_judge(checked: Checked, rules: Protocol) -> DataError:
    what = "something new" if rules.truth is None else f"something new of type {rules.truth}"
    message = f"The protocol {rules.name} leaves nobody to judge: no user has an input and {what} after it."
    hint = "Take more data, another --protocol, or --repeats."
    return DataError([Finding(str(checked.files["INTERACTIONS"]), 0, 0, "nobody-to-judge", message, hint)])


class Listening:
    """Progress to stderr; with a folder, each case and each solution's lists to files.

    Attributes:
        training_seconds: solution to the seconds of each of its trainings.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.training_seconds: dict[str, list[float]] = {}
        self._folder = folder
        self._began = time.monotonic()

    def case_begins(self, case: Case, table: InteractionTable, catalogue: ObjectArray, item_ids: ObjectArray) -> None:
        """See `Listener`."""
        if self._folder is not None:
            with step(f"writing {case.name}"):
                write_case(self._folder / case.name, table, case, catalogue, item_ids)
        self._began = time.monotonic()

    def trained(self, case: Case, solution: str) -> None:  # noqa: ARG002 - the listener's signature
        """See `Listener`."""
        self.training_seconds.setdefault(solution, []).append(time.monotonic() - self._began)

    def ranked(self, case: Case, solution: str, lists: IntArray, catalogue: ObjectArray) -> None:
        """See `Listener`."""
        seconds, self._began = time.monotonic() - self._began, time.monotonic()
        err().print(f"  {case.name}  {seconds:5.1f} s  {solution}: trained, {case.user_ids.size:,} users judged")
        if self._folder is not None and solution != BASELINE:
            write_lists(self._folder / case.name / f"recommendations-{solution}.jsonl", case, lists, catalogue)
