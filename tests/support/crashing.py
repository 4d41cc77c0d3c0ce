"""A process that changes and saves a simulator until somebody kills it, and one that is killed at every step of a save.

python -m tests.support.crashing <folder>          goes on for ever; prints the clock's time after every save
python -m tests.support.crashing <folder> steps    prints one JSON line for each step, see `die_at_every_step`
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tastemaker.simulator.persistence import StateDirectory
from tests.support.simulator import START
from tests.support.states import HOME, items, open_lab

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.simulator import Lab

_ON_FILES = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"})
_SURVIVED, _KILLED = 0, 86


def save_for_ever(root: Path) -> None:
    lab = _open(root)
    _say("ready")
    while True:
        _change(lab, str(lab.clock.now()))
        lab.wait(1)
        lab.simulator.save()
        _say(f"{lab.clock.now()}")


def die_at_every_step(root: Path) -> None:
    """End a save just before its first operation on files, then another one before its second, until one is through.

    Prints for each what the next process finds: `tag`, which the save was to change from "old" to "new", and `items`,
    which it was to leave alone.
    """
    begun, folder = root / "begun", root / "copy"
    _in_a_fork(lambda: _begin(begun))
    for step in itertools.count():
        shutil.copytree(begun, folder)
        code = _in_a_fork(lambda step=step: _save_until(folder, step))  # type: ignore[misc]
        _in_a_fork(lambda: _report(folder))
        shutil.rmtree(folder)
        if code != _KILLED:
            return


def _begin(root: Path) -> None:
    lab = _open(root)
    _change(lab, "old")
    lab.simulator.save()


def _save_until(root: Path, step: int) -> None:
    lab = _open(root)
    _change(lab, "new")
    lab.version("arn:aws:personalize:us-east-1:123456789012:solution/feed")
    _die_at(step, root / "state")
    lab.simulator.save()


def _report(root: Path) -> None:
    lab = _open(root)
    tags = lab.control("ListTagsForResource", resourceArn=HOME)["tags"]
    _say(json.dumps({"tag": tags[0]["tagValue"], "items": items(lab)}))


def _open(root: Path) -> Lab:
    state = StateDirectory(root / "state")
    saved = state.newest()
    lab = open_lab(root, state, at=saved["saved_at"] if saved is not None else START)
    if saved is None:
        lab.serving()
    return lab


def _change(lab: Lab, text: str) -> None:
    lab.control("TagResource", resourceArn=HOME, tags=[{"tagKey": "n", "tagValue": text}])


def _in_a_fork(do: Callable[[], None]) -> int:
    """Exit code of a process that does it: it has all modules loaded, and none of this one's locks and threads."""
    child = os.fork()
    if child == 0:
        do()
        os._exit(_SURVIVED)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _die_at(step: int, folder: Path) -> None:
    left = step

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event in _ON_FILES and str(arguments[0]).startswith(str(folder)):
            left -= 1
            if left < 0:
                os._exit(_KILLED)

    sys.addaudithook(hook)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    (die_at_every_step if sys.argv[2:] == ["steps"] else save_for_ever)(Path(sys.argv[1]))
