"""What a change means for answers, for trainings and for the bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.changes.records import Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tastemaker.changes.records import FieldChange

_AGAIN = "until a full maintenance has trained and released it: an hour or more"
_SERVING: dict[tuple[str, Verb], str] = {
    ("campaign", Verb.UPDATE): "keeps answering as before until the update is ACTIVE, some minutes later",
    ("campaign", Verb.REPLACE): f"deleted with its solution, and answers nothing {_AGAIN}",
    ("campaign", Verb.DELETE): "answers nothing any more",
    ("campaign", Verb.LATER): "answers from its first release on",
    ("solution", Verb.REPLACE): f"its campaigns are deleted, and answer nothing {_AGAIN}",
    ("recommender", Verb.CREATE): "answers once the service has trained it: an hour or more",
    ("recommender", Verb.UPDATE): "keeps answering as before until the update is ACTIVE",
    ("recommender", Verb.REPLACE): "deleted first, and answers nothing until the new one is trained: an hour or more",
    ("recommender", Verb.DELETE): "answers nothing any more",
    ("recommender", Verb.LATER): "comes with the first full import, then trains for an hour or more",
    ("filter", Verb.REPLACE): "no gap: the new one is ACTIVE before the old one goes, half an hour later",
    ("filter", Verb.DELETE): "requests that name it are refused from then on",
    ("event tracker", Verb.DELETE): "events with its tracking id are lost from then on",
}
_TRAINING: dict[tuple[str, Verb], str] = {
    ("solution", Verb.CREATE): "the next full maintenance trains it",
    ("solution", Verb.REPLACE): "its versions are deleted; the next full maintenance trains it from nothing",
    ("solution", Verb.DELETE): "its versions are deleted",
    ("dataset", Verb.CREATE): "trainings see its data after the first import",
    ("dataset", Verb.UPDATE): "trainings see the new columns after an import that has them",
}
_AUTOMATIC = {
    True: "the service trains by itself: within the hour, then every week unless it is told otherwise, billed",
    False: "the service stops training by itself",
}
_OF_FIELDS = {
    "solutionConfig.autoTrainingConfig": "automatic trainings come in the new rhythm",
    "solutionConfig.eventsConfig": "the next training weighs events anew",
    "performIncrementalUpdate": "incremental updates are switched",
}


def tell_serving(kind: str, verb: Verb) -> str:
    """Empty when answers stay as they are."""
    return _SERVING.get((kind, verb), "")


def tell_training(kind: str, verb: Verb, fields: Sequence[FieldChange]) -> str:
    """Empty when trainings stay as they are."""
    if kind == "solution" and verb is Verb.UPDATE:
        told = [_AUTOMATIC[bool(field.new)] for field in fields if field.path == "performAutoTraining"]
        begun = (text for begin, text in _OF_FIELDS.items() if any(field.path.startswith(begin) for field in fields))
        return "; ".join([*told, *begun])
    return _TRAINING.get((kind, verb), "")
