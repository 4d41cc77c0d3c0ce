"""TestState of a Map: its items, shaped and batched, without running an iteration.

Source: developer guide, "Understanding Map state testing" and "Understanding Map state inspection data".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tastemaker.runner.interpreter.api.answers import refused
from tastemaker.runner.interpreter.dataset import items_of
from tastemaker.runner.interpreter.failures import EXCEED_TOLERATED_FAILURE_THRESHOLD, Halt, StateError
from tastemaker.runner.interpreter.services.item_formats import READERS
from tastemaker.runner.interpreter.states.map import number_of, tolerance_of
from tastemaker.runner.interpreter.states.map_run import EXCEEDED, batches_of, shaped_items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.runner.interpreter.api.trial_request import Configuration
    from tastemaker.runner.interpreter.dataset import Item
    from tastemaker.runner.interpreter.visit import Visit


def check_failures(visit: Visit, configuration: Configuration) -> None:
    """What fails the Map before its mock is looked at.

    Raises:
        StateError: its items are none, or more iterations failed than are tolerated.
        Halt: a ValidationException, more failed than there are.
    """
    items, failures = trial_items(visit, configuration), configuration.map_iteration_failure_count
    if failures is None:
        return
    if failures > len(items):
        raise Halt(refused("ValidationException", "mapIterationFailureCount cannot exceed the number of items"))
    if failures and not tolerance_of(visit).covers(failures, len(items)):
        raise StateError(EXCEED_TOLERATED_FAILURE_THRESHOLD, EXCEEDED)


def trial_items(visit: Visit, configuration: Configuration) -> list[Item]:
    """The items: those in `mapItemReaderData`, else in the input, also where an ItemReader would read them."""
    reader, text = visit.state.data.block(visit, "ItemReader"), configuration.map_item_reader_data
    if reader is None or text is None:
        return items_of(visit.state.data.items(visit, takes_object=True))
    config = reader.get("ReaderConfig") or {}
    return list(READERS[str(config.get("InputType", "JSON")).upper()](text, config, ""))


def map_stages(visit: Visit, configuration: Configuration, *, is_jsonpath: bool) -> Iterator[tuple[str, Any]]:
    """Members of `inspectionData` that only a Map has, as far as they hold data."""
    items = trial_items(visit, configuration)
    reader = visit.state.data.block(visit, "ItemReader") or {}
    values = [item.value for item in items]
    if "ItemsPointer" in reader.get("ReaderConfig", {}):
        yield "afterItemsPointer", values
    elif is_jsonpath:
        yield "afterItemsPath", values
    shaped = shaped_items(visit, items)
    yield "afterItemSelector", shaped
    batcher = visit.state.data.block(visit, "ItemBatcher")
    if batcher is not None:
        yield "afterItemBatcher", [part.input for part in batches_of(shaped, batcher)]


def map_limits(visit: Visit) -> dict[str, Any]:
    """The numbers among them."""
    tolerance = tolerance_of(visit)
    return {
        "toleratedFailureCount": tolerance.count or 0,
        "toleratedFailurePercentage": float(tolerance.percentage or 0),
        "maxConcurrency": number_of(visit, "MaxConcurrency") or 0,
    }
