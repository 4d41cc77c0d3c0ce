"""Pages of lists: creation order, `maxResults`, and tokens that only the list that gave them accepts."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Any, TypeVar

from tastemaker.simulator.records import Record
from tastemaker.simulator.refusals import INVALID_NEXT_TOKEN, RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

R = TypeVar("R", bound=Record)
_DEFAULT = 100


def page(
    records: Sequence[R],
    params: dict[str, Any],
    member: str,
    shape: Callable[[R], dict[str, Any]],
    *,
    newest_first: bool = False,
) -> dict[str, Any]:
    """One page of a list.

    Args:
        records: all that the caller asked for, oldest first.
        member: output member that takes the summaries; also ties the token to its list.
        shape: makes a summary.

    Raises:
        RefusalError: InvalidNextTokenException.
    """
    scope = (
        member + "|" + "|".join(str(params[key]) for key in sorted(params) if key not in {"nextToken", "maxResults"})
    )
    last = _read(params["nextToken"], scope) if "nextToken" in params else None
    if newest_first:
        rest = [record for record in reversed(records) if last is None or record.serial < last]
    else:
        rest = [record for record in records if last is None or record.serial > last]
    most = params.get("maxResults", _DEFAULT)
    output: dict[str, Any] = {member: [shape(record) for record in rest[:most]]}
    if len(rest) > most:
        output["nextToken"] = _write(rest[most - 1].serial, scope)
    return output


def _write(serial: int, scope: str) -> str:
    return base64.urlsafe_b64encode(f"{serial}:{_seal(serial, scope)}".encode()).decode()


def _read(token: str, scope: str) -> int:
    try:
        serial, _, seal = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if seal == _seal(int(serial), scope):
            return int(serial)
    except (ValueError, binascii.Error):
        pass
    raise RefusalError(INVALID_NEXT_TOKEN, "The nextToken is not valid for this list; start again without it.")


def _seal(serial: int, scope: str) -> str:
    return hashlib.blake2s(f"{serial}|{scope}".encode(), digest_size=8).hexdigest()
