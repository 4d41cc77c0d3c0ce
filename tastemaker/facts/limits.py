"""Quotas and minimums of Amazon Personalize.

Source: developer guide, page `limits`, and AWS General Reference, `personalize` (2026). Where the two disagree the
smaller number stands here and the other one in the comment.
"""

from __future__ import annotations

import re
from typing import Final

# Names: API reference, shape Name.
MAX_NAME_LENGTH: Final = 63
NAME_PATTERN: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-_]*")

# Training: developer guide, limits.
MIN_INTERACTIONS: Final = 1_000
MIN_ACTIVE_USERS: Final = 25
"""Users with at least two interactions."""
MIN_ACTIVE_USER_SHARE: Final = 0.01
MAX_EVENT_TYPES_AND_COLUMNS: Final = 10

# Imports.
MIN_IMPORTED_INTERACTIONS: Final = 1_000
MAX_FULL_IMPORT_BYTES: Final = 100 * 10**9
MAX_INCREMENTAL_IMPORT_BYTES: Final = 10**9
MAX_PENDING_IMPORTS: Final = 5

# Resources per Region.
MAX_DATASET_GROUPS: Final = 5
MAX_SCHEMAS: Final = 500
MAX_PENDING_SOLUTION_VERSIONS: Final = 20

# Resources per dataset group.
MAX_SOLUTIONS: Final = 10  # General Reference: 20
MAX_CAMPAIGNS: Final = 5
MAX_FILTERS: Final = 30
MAX_FILTER_FIELDS: Final = 20
"""Distinct dataset fields over all filters."""
MAX_RECOMMENDERS: Final = 5
MAX_ATTRIBUTED_METRICS: Final = 10
MAX_ATTRIBUTION_SOURCES: Final = 100
MAX_TAGS: Final = 50

# Filters: developer guide, filter-expressions.
MAX_FILTER_LENGTH: Final = 2_500
"""Characters. Source: API reference, CreateFilter."""
FILTER_EVENTS_PER_TYPE: Final = 100
"""Newest interactions of one user and one event type that a filter considers."""
FILTER_ACTION_EVENTS_PER_TYPE: Final = 300
"""The same for action interactions."""

# Actions: developer guide, limits, native-recipe-next-best-action.
MAX_ACTIONS: Final = 1_000
MIN_ACTION_EVENTS: Final = 50
"""TAKEN events, and NOT_TAKEN and VIEWED events together, that an action needs for a propensity."""
ACTION_EVENT_DAYS: Final = 42
"""Six weeks before the newest action interaction: older events do not count towards that number."""
DEFAULT_ACTION_RESULTS: Final = 5
MAX_ACTION_RESULTS: Final = 100

# Runtime.
DEFAULT_RESULTS: Final = 25
MAX_RESULTS: Final = 500
MAX_RESULTS_WITH_METADATA: Final = 50
MAX_METADATA_COLUMNS: Final = 10
MAX_INPUT_LIST: Final = 500
MAX_INPUT_LIST_WITH_METADATA: Final = 50

# Batch jobs and data deletion jobs: developer guide, limits, batch-data-upload, delete-records.
MAX_PENDING_BATCH_JOBS: Final = 5
"""Of batch inference jobs, and of batch segment jobs, per Region."""
MAX_BATCH_FILES: Final = 1_000
MAX_BATCH_BYTES: Final = 10**9
MAX_BATCH_RECORDS: Final = 50_000_000
"""Lines of one input file."""
MAX_BATCH_RESULTS: Final = 500  # not documented; as in the runtime
DEFAULT_SEGMENT_USERS: Final = 25
MAX_SEGMENT_USERS: Final = 5_000_000
MAX_SEGMENT_QUERIES: Final[dict[str, int]] = {"aws-item-affinity": 500, "aws-item-attribute-affinity": 10}
"""Recipe to the most lines of a batch segment job."""
MAX_PENDING_DATA_DELETIONS: Final = 5
"""Per dataset group; only PENDING ones count."""
MAX_DATA_DELETION_BYTES: Final = 100 * 10**6

# Events.
MAX_EVENT_BYTES: Final = 10 * 1024

# Requests per second: General Reference, personalize.
CONTROL_REQUESTS_PER_SECOND: Final = 1
"""Of each Create*, Delete*, Describe*, List*, UpdateCampaign, UpdateDataset and GetSolutionMetrics."""
GET_REQUESTS_PER_SECOND_PER_CAMPAIGN: Final = 500
GET_REQUESTS_PER_SECOND: Final = 2_500
PUT_EVENTS_PER_SECOND: Final = 1_000
"""PutEvents and PutActionInteractions, each for one dataset group; adjustable."""
PUT_RECORDS_PER_SECOND: Final = 10
"""PutItems, PutUsers and PutActions, each for one dataset group."""

# Automatic training: developer guide, solution-config-auto-training.
DEFAULT_TRAINING_SCHEDULE: Final = "rate(7 days)"
MAX_TRAINING_INTERVAL_DAYS: Final = 30

# Hyperparameter optimisation: API reference, HPOResourceConfig.
MAX_HPO_JOBS: Final = 40
MAX_PARALLEL_HPO_JOBS: Final = 10

HYPERPARAMETER_RANGES: Final[dict[str, tuple[float, float, bool]]] = {
    "hidden_dimension": (32, 256, True),
    "bptt": (2, 32, True),
    "popularity_discount_factor": (0, 1, False),
    "min_cointeraction_count": (0, 10, True),
    "item_id_hidden_dim": (30, 200, True),
    "item_metadata_hidden_dim": (30, 200, True),
    "action_optimization_period": (7, 28, True),
    "min_user_history_length_percentile": (0, 1, False),
    "max_user_history_length_percentile": (0, 1, False),
    "min_item_interaction_count_percentile": (0, 1, False),
    "max_item_interaction_count_percentile": (0, 1, False),
}
"""Name to least and greatest value and whether it is whole; the same in every recipe. Source: native-recipe-* pages."""

HYPERPARAMETER_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "recency_mask": ("true", "false"),
    "apply_recency_bias": ("true", "false"),
    "trend_discovery_frequency": ("30 minutes", "1 hour", "2 hours", "3 hours", "1 day"),
}
"""Name to its possible values; the same in every recipe. Source: native-recipe-* pages."""
