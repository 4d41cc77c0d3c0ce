"""How long Amazon Personalize takes, in seconds of the simulator's clock.

Source: reference §1.7 (notebooks, cheat sheet and guide, small data) and §6 (visibility of new data).
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Durations:
    """Seconds from a request to its effect; every value may be zero.

    Attributes:
        pending_seconds: how long a new resource stays `CREATE PENDING`, at most half of its whole duration.
        deletion_seconds: from the delete request until Describe answers ResourceNotFoundException.
        training_base_seconds, training_seconds_per_1000_interactions: a training takes the sum.
        first_automatic_training_seconds: from ACTIVE to the first automatic training; the guide says within the hour.
        recommender_switch_seconds: StopRecommender and StartRecommender; not documented. Creating a recommender takes a
            training and a campaign's deployment.
        filter_event_seconds: until a streamed event or record counts in filters. The guide says up to 15 minutes; the
            simulator takes the upper bound, so that whatever works here works there. 0 makes an "unseen" filter
            react to the very next request, which is what a live demonstration wants to show.
        filter_bulk_seconds: until imported data counts in filters, from the end of the import job.
        batch_seconds: a batch inference or segment job; the guide's users saw 20 to 40 minutes.
        batch_event_seconds: until a streamed event counts in batch recommendations.
        export_seconds: a dataset export job; not documented, taken as an import.
        data_deletion_seconds: a data deletion job; the guide says up to a day, and the upper bound holds here.
    """

    pending_seconds: float = 10
    deletion_seconds: float = 30
    dataset_group_seconds: float = 30
    dataset_seconds: float = 20
    event_tracker_seconds: float = 10
    filter_seconds: float = 60
    import_seconds: float = 15 * 60
    solution_seconds: float = 30
    solution_update_seconds: float = 30
    campaign_seconds: float = 12 * 60
    training_base_seconds: float = 40 * 60
    training_seconds_per_1000_interactions: float = 0.5
    stopping_seconds: float = 60
    dataset_update_seconds: float = 60
    recommender_switch_seconds: float = 5 * 60
    metric_attribution_seconds: float = 60
    first_automatic_training_seconds: float = 3_600
    filter_event_seconds: float = 15 * 60
    filter_bulk_seconds: float = 15 * 60
    batch_seconds: float = 30 * 60
    batch_event_seconds: float = 15 * 60
    export_seconds: float = 15 * 60
    data_deletion_seconds: float = 24 * 3_600

    def training_seconds(self, interactions: int) -> float:
        """How long a training on this many interactions takes."""
        return self.training_base_seconds + self.training_seconds_per_1000_interactions * interactions / 1000

    @classmethod
    def instant(cls) -> Durations:
        """Everything is done at the next call; only automatic training keeps its hour."""
        zeros = {name: 0.0 for name in cls.__dataclass_fields__ if name != "first_automatic_training_seconds"}
        return replace(cls(), **zeros)
