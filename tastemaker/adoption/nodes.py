"""Another tool's JSON, part by part, each knowing where it stands; what does not fit is told and left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tastemaker.adoption.inventory import Resource
from tastemaker.adoption.members import tell_unknown
from tastemaker.model.rules.expressions import find_expression_problem

if TYPE_CHECKING:
    from tastemaker.adoption.inventory import Place
    from tastemaker.errors import Finding


@dataclass(frozen=True)
class Node:
    """One value.

    Attributes:
        findings: shared by all nodes of a file.
    """

    value: Any
    place: Place
    findings: list[Finding] = field(default_factory=list, compare=False)

    def warn(self, rule: str, message: str, hint: str) -> None:
        self.findings.append(self.place.find(rule, message, hint, severity="warning"))

    def refuse(self, rule: str, message: str, hint: str) -> None:
        self.findings.append(self.place.find(rule, message, hint))

    def mapping(self, *known: str) -> dict[str, Node]:
        """The children by key, of any key where none is known; unknown keys are told."""
        if not isinstance(self.value, dict):
            self.refuse("wrong-type", f"{self.words} must be an object", 'Write {"key": …}.')
            return {}
        for key in self.value:
            if known and key not in known:
                self.findings.append(tell_unknown(Resource("", {}, self.place), key, set(known)))
        return {key: self.child(key) for key in self.value if not known or key in known}

    def entries(self) -> list[Node]:
        """The elements of a list."""
        if not isinstance(self.value, list):
            self.refuse("wrong-type", f"{self.words} must be a list", "Write […].")
            return []
        return [self.child(index) for index in range(len(self.value))]

    def child(self, key: str | int) -> Node:
        return Node(self.value[key], self.place.at(key), self.findings)

    @property
    def words(self) -> str:
        """Its path."""
        return ".".join(map(str, self.place.path)) or "the file"

    def expression(self) -> str | None:
        """A schedule expression; None, and a finding, when EventBridge Scheduler would refuse it."""
        problem = find_expression_problem(self.value) if isinstance(self.value, str) else "it is no text"
        if problem is None:
            return str(self.value)
        message = f"{self.words} is no schedule expression: {problem}"
        self.refuse("schedule-expression", message, "For example: rate(1 day) or cron(0 3 ? * SUN *).")
        return None

    def resource(self, *inside: str, name: str = "name") -> Resource | None:
        """What a Create call takes, without tags and without what is read from `inside`; None without a name."""
        if not isinstance(self.value, dict):
            self.refuse("wrong-type", f"{self.words} must be an object", "Write what the Create call takes.")
            return None
        found = self.value.get(name)
        if not isinstance(found, str) or not found:
            self.refuse("name-missing", f"{self.words} has no {name}, so it is left out", f"Add `{name}`.")
            return None
        members = {key: value for key, value in self.value.items() if key not in {*inside, "tags"}}
        return Resource(found, members, self.place)


def leave_out_doubles(found: list[Resource], findings: list[Finding]) -> tuple[Resource, ...]:
    """The first of each name; Amazon Personalize has one resource of a kind and name."""
    kept: dict[str, Resource] = {}
    for one in found:
        if one.name in kept:
            message = f"`{one.name}` is there twice, and the second one is left out"
            findings.append(one.find_member("name", "duplicate-name", message, "Give each a name of its own."))
        kept.setdefault(one.name, one)
    return tuple(kept.values())
