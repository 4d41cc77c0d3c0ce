"""The words Amazon Personalize uses for the state of a resource.

Source: API reference, `status` members; developer guide, stop-solution-version. The verb is followed by a blank, the
two words of IN_PROGRESS are joined by an underscore.
"""

from __future__ import annotations

from typing import Final

CREATE_PENDING: Final = "CREATE PENDING"
CREATE_IN_PROGRESS: Final = "CREATE IN_PROGRESS"
ACTIVE: Final = "ACTIVE"
CREATE_FAILED: Final = "CREATE FAILED"
CREATE_STOPPING: Final = "CREATE STOPPING"
CREATE_STOPPED: Final = "CREATE STOPPED"
PENDING: Final = "PENDING"
IN_PROGRESS: Final = "IN_PROGRESS"
COMPLETED: Final = "COMPLETED"
FAILED: Final = "FAILED"
"""The four of data deletion jobs, which have words of their own."""
DELETE_PENDING: Final = "DELETE PENDING"
DELETE_IN_PROGRESS: Final = "DELETE IN_PROGRESS"
STOP_PENDING: Final = "STOP PENDING"
STOP_IN_PROGRESS: Final = "STOP IN_PROGRESS"
INACTIVE: Final = "INACTIVE"
START_PENDING: Final = "START PENDING"
START_IN_PROGRESS: Final = "START IN_PROGRESS"

UNDER_WAY: Final = frozenset({CREATE_PENDING, CREATE_IN_PROGRESS, CREATE_STOPPING})
"""Not settled yet: the resource can neither be used nor deleted."""

BEING_DELETED: Final = frozenset({DELETE_PENDING, DELETE_IN_PROGRESS})

SWITCHING: Final = frozenset({STOP_PENDING, STOP_IN_PROGRESS, START_PENDING, START_IN_PROGRESS})
"""A recommender that is being stopped or started."""
