"""The resources by ARN, in the order of their creation."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tastemaker.simulator.refusals import already_exists, not_found

if TYPE_CHECKING:
    from collections.abc import Callable

    from tastemaker.simulator.records import Record

R = TypeVar("R", bound="Record")


class Store:
    """Records and tags. Writers hold the simulator's lock; reading one record needs none."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self.serial = 0
        """The last one given; a saved simulator goes on from it."""
        self.tags: dict[str, dict[str, str]] = {}

    def next_serial(self) -> int:
        self.serial += 1
        return self.serial

    def add(self, record: Record, tags: dict[str, str] | None = None) -> None:
        """Add a new resource.

        Raises:
            RefusalError: ResourceAlreadyExistsException.
        """
        self.refuse_known(record.arn)
        self._records[record.arn] = record
        if tags is not None:
            self.tags[record.arn] = tags

    def refuse_known(self, arn: str) -> None:
        """Refuse an ARN that is taken; for creates that check more before they add."""
        if arn in self._records:
            raise already_exists(arn)

    def replace(self, record: Record) -> None:
        """Put a new state of a resource in the place of the old one."""
        self._records[record.arn] = record

    def remove(self, arn: str) -> None:
        self._records.pop(arn, None)
        self.tags.pop(arn, None)

    def find(self, arn: str) -> Record | None:
        return self._records.get(arn)

    def get(self, kind: type[R], arn: str) -> R:
        """The resource of this kind.

        Raises:
            RefusalError: ResourceNotFoundException, also when the ARN names another kind.
        """
        record = self._records.get(arn)
        if not isinstance(record, kind):
            raise not_found(arn)
        return record

    def select(self, kind: type[R], where: Callable[[R], bool] = lambda _: True) -> list[R]:
        """All resources of this kind for which `where` holds, oldest first."""
        return [record for record in self._records.values() if isinstance(record, kind) and where(record)]
