"""What the retired solution and the CDK sample share: a `serviceConfig` holds what the Create call takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tastemaker.adoption.batch import Kind, read_batch_members
from tastemaker.adoption.inventory import FoundDataset, Resource
from tastemaker.adoption.tagging import find_shared, tell_others
from tastemaker.facts.recipes import find_recipe

if TYPE_CHECKING:
    from tastemaker.adoption.inventory import Place
    from tastemaker.adoption.nodes import Node

_TRACK_HINT = "Versions are trained by `schedules`; what each run does is in `tastemaker plan`."


@dataclass
class ServiceConfigs:
    """Reads resources out of `serviceConfig` objects and collects their tags.

    Attributes:
        default_tags: of resources that set none.
    """

    default_tags: dict[str, str] = field(default_factory=dict)
    tagged: list[tuple[Place, str, dict[str, str]]] = field(default_factory=list)

    def read(
        self, parent: Node | None, *, beside: tuple[str, ...] = (), inside: tuple[str, ...] = (), tags: bool = True
    ) -> Resource | None:
        """The resource that stands in the parent; None, and a finding, where there is none.

        Args:
            beside: keys of the parent that the caller reads; others are told.
            inside: members that the caller reads.
        """
        if parent is None:
            return None
        node = parent.mapping("serviceConfig", *beside).get("serviceConfig")
        if node is None:
            parent.refuse("name-missing", f"{parent.words} has no serviceConfig", "Add what the Create call takes.")
            return None
        found = node.resource(*inside)
        if found is not None and tags:
            own = read_tags(node.child("tags")) if "tags" in node.value else self.default_tags
            self.tagged.append((node.place.at("tags"), found.name, own))
        return found

    def finish_tags(self, root: Node) -> dict[str, str]:
        """The project's tags; what single resources have of their own is told."""
        shared = find_shared(tags for _, _, tags in self.tagged)
        for place, name, own in self.tagged:
            root.findings.extend(tell_others(place, name, own, shared))
        return shared

    def dataset(
        self, dataset_type: str, resource: Node | None, schema: Node | None, *beside: str
    ) -> FoundDataset | None:
        """With its schema, beside whose serviceConfig further keys may stand."""
        found, avro = self.read(resource), self.read(schema, beside=beside, tags=False)
        return None if found is None or avro is None else FoundDataset(dataset_type, found, avro)

    def batch(
        self, node: Node, kind: Kind, solution: str, *beside: str, schedule: str | None, name: str
    ) -> Resource | None:
        """A job that has no name of its own takes `name`."""
        config = node.mapping("serviceConfig", *beside).get("serviceConfig")
        if config is None or not isinstance(config.value, dict):
            node.refuse("wrong-type", f"{node.words} has no serviceConfig", "Add `serviceConfig: {}`.")
            return None
        job = {key: value for key, value in config.value.items() if key != "tags"}
        members = read_batch_members(kind, job, solution=solution, schedule=schedule)
        return Resource(str(job.get("jobName") or name), members, config.place)


def read_tags(node: Node) -> dict[str, str]:
    """`[{"tagKey": …, "tagValue": …}]` as a mapping."""
    pairs = [one.mapping("tagKey", "tagValue") for one in node.entries()]
    return {str(one["tagKey"].value): str(one["tagValue"].value) for one in pairs if len(one) == 2}


def check_training_mode(node: Node | None, solution: Resource) -> None:
    """`trainingMode: UPDATE` of a solution version."""
    if node is not None and node.value == "UPDATE":
        check_update(node, solution, "with every version")


def check_update(node: Node, solution: Resource, when: str) -> None:
    """UPDATE is legal for few recipes, billed, and ends the service's own free updates. Source: reference §5.4."""
    recipe = find_recipe(str(solution.members.get("recipeArn")))
    if recipe is not None and not recipe.update_mode:
        message = f"recipe {recipe.name} of {solution.name} cannot be trained with trainingMode UPDATE"
        node.refuse("update-mode", message, _TRACK_HINT)
        return
    message = f"solution {solution.name} is trained with trainingMode UPDATE {when}"
    hint = f"Each UPDATE is billed, and ends the free updates that the service makes every two hours. {_TRACK_HINT}"
    node.warn("update-mode", message, hint)


def tell_obsolete(node: Node | None, why: str) -> None:
    if node is not None:
        node.warn("obsolete-key", f"`{node.words}` is not needed any more: {why}", "Nothing to do.")
