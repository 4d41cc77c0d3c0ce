"""The routes of the REST API: what each one asks, and who may call it."""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

from typing import Annotated, Literal

from pydantic import Field

from tastemaker.model.declared import Declared

NumResults = Annotated[int, Field(ge=1, le=500)]
NumActions = Annotated[int, Field(ge=1, le=100)]
Names = Annotated[tuple[str, ...], Field(strict=False)]
ItemIds = Annotated[tuple[str, ...], Field(strict=False, min_length=1, max_length=50)]
AttributeName = Annotated[str, Field(min_length=1, max_length=255)]
ContextSource = Literal["device", "country", "hour", "weekday", "season", "query"]
RouteName = Literal[
    "recommendations",
    "related",
    "popular",
    "trending",
    "ranking",
    "actions",
    "events",
    "actionInteractions",
    "items",
    "users",
]


class Fallback(Declared):
    """What answers when the route's campaign does not; at least one of the two is given.

    Attributes:
        campaign: key in `campaigns`, of a recipe that knows popular items.
        items: ids of the last resort, best first.
    """

    campaign: str | None = None
    items: ItemIds | None = None


class ActionsFallback(Declared):
    """`actions`: ids that answer when the campaign does not, best first."""

    actions: ItemIds


class Promotion(Declared):
    """A share of the answer that a filter selects.

    Attributes:
        filter: key in `filters`; one without placeholders.
    """

    filter: str
    percent_promoted_items: Annotated[int, Field(ge=1, le=100)]


class SideTable(Declared):
    """A DynamoDB table of the team's own with what callers want to know of items; account and Region are the project's.

    Attributes:
        table: its name.
        key: its partition key, a text that holds the item id; the table has no sort key.
        attributes: columns that come with each item, as texts.
        path: CSV file with key and attributes as columns, relative to the project file; what the table holds on the
            laptop. AWS does not know it.
    """

    table: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{3,255}$")]
    key: Annotated[str, Field(min_length=1, max_length=255)] = "itemId"
    attributes: Annotated[tuple[AttributeName, ...], Field(strict=False, min_length=1, max_length=20)]
    path: str | None = None


class Endpoint(Declared):
    """A route that asks a campaign or a recommender; exactly one of the two is given.

    Attributes:
        campaign: key in `campaigns`.
        recommender: key in `recommenders`.
        filter: key in `filters`; used when a request names none.
        filters: further keys in `filters` that a request may name.
    """

    campaign: str | None = None
    recommender: str | None = None
    filter: str | None = None
    filters: Names = ()

    @property
    def filter_names(self) -> tuple[str, ...]:
        """Every filter that a request may use, the default one first."""
        default = () if self.filter is None else (self.filter,)
        return tuple(dict.fromkeys((*default, *self.filters)))


class ItemsEndpoint(Endpoint):
    """A route that answers with items.

    Attributes:
        metadata_columns: columns of the Items dataset that come with each item.
        metadata: what comes with each item instead, from a table.
        cache_seconds: how long an answer may be kept: for a user by the caller alone, else by everybody.
        fallback: absent means that the caller sees the failure.
    """

    num_results: NumResults = 25
    metadata_columns: Annotated[tuple[str, ...], Field(strict=False, max_length=10)] = ()
    metadata: SideTable | None = None
    cache_seconds: Annotated[int, Field(ge=0, le=86_400)] = 0
    promotion: Promotion | None = None
    fallback: Fallback | None = None


class PersonalEndpoint(ItemsEndpoint):
    """Items for a user.

    Attributes:
        context: column of the Interactions schema to what fills it; `query` for what only the caller knows.
    """

    context: dict[str, ContextSource] = Field(default_factory=dict)


class RelatedEndpoint(ItemsEndpoint):
    """Items like another item."""


class PopularEndpoint(ItemsEndpoint):
    """Items for nobody in particular."""


class RankingEndpoint(Endpoint):
    """The caller's items in a user's order; without the service they come back in the caller's."""

    context: dict[str, ContextSource] = Field(default_factory=dict)
    metadata_columns: Annotated[tuple[str, ...], Field(strict=False, max_length=10)] = ()
    metadata: SideTable | None = None


class ActionsEndpoint(Endpoint):
    num_results: NumActions = 5
    fallback: ActionsFallback | None = None


class EventsEndpoint(Declared):
    """Events of users.

    Attributes:
        delivery: `direct` sends at once and queues only what is refused; `queued` sends everything through the queue,
            so that no event of a session can ever overtake another one.
    """

    event_tracker: str
    delivery: Literal["direct", "queued"] = "direct"


class ActionInteractionsEndpoint(Declared):
    delivery: Literal["direct", "queued"] = "direct"


class Archive(Declared):
    """Accepted events as JSON Lines in the data bucket, one folder for each day.

    Costs about $0.50 for a million requests with events, and storage.

    Attributes:
        keep_days: since they were written; then they are deleted.
    """

    keep_days: Annotated[int, Field(ge=1, le=3_650)] = 365


class Client(Declared):
    """An API key with a usage plan of its own.

    Attributes:
        routes: what the key may ask; everything when absent.
    """

    routes: Annotated[tuple[RouteName, ...], Field(strict=False, min_length=1)] | None = None
    rate_per_second: Annotated[float, Field(gt=0, le=10_000)] = 100
    burst: Annotated[int, Field(ge=1, le=5_000)] = 200


class UserPool(Declared):
    """Callers sign in with a token of an Amazon Cognito user pool and speak for themselves only.

    Attributes:
        claim: of the token, that holds the user id of the datasets.
    """

    arn: Annotated[str, Field(pattern=r"^arn:[a-z-]+:cognito-idp:[a-z0-9-]+:\d{12}:userpool/[A-Za-z0-9_-]+$")]
    claim: str = "sub"


class Endpoints(Declared):
    """Routes of the REST API.

    Attributes:
        recommendations: GET /users/{userId}/recommendations.
        related: GET /items/{itemId}/related.
        popular: GET /popular.
        trending: GET /trending.
        ranking: POST /users/{userId}/ranking.
        actions: GET /users/{userId}/actions.
        events: POST /events.
        action_interactions: POST /action-interactions.
        items: true for PUT /items.
        users: true for PUT /users.
        archive: absent means that accepted events are kept by Amazon Personalize alone.
        deadline_milliseconds: by when a request has its answer, be it a fallback's.
        time_zone: IANA name; for hours, weekdays and seasons where a request names no other.
        clients: name to API key; one key for everything when absent.
        user_pool: who has a token needs no key.
        iam: callers sign with AWS credentials instead of sending a key.
    """

    recommendations: PersonalEndpoint | None = None
    related: RelatedEndpoint | None = None
    popular: PopularEndpoint | None = None
    trending: PopularEndpoint | None = None
    ranking: RankingEndpoint | None = None
    actions: ActionsEndpoint | None = None
    events: EventsEndpoint | None = None
    action_interactions: ActionInteractionsEndpoint | None = None
    items: bool = False
    users: bool = False
    archive: Archive | None = None
    deadline_milliseconds: Annotated[int, Field(ge=300, le=10_000)] = 2_000
    time_zone: str = "UTC"
    clients: dict[str, Client] = Field(default_factory=dict)
    user_pool: UserPool | None = None
    iam: bool = False

    def asking(self) -> tuple[tuple[str, Endpoint], ...]:
        """The declared routes that ask a campaign or recommender: key in the file and declaration."""
        named = {
            "recommendations": self.recommendations,
            "related": self.related,
            "popular": self.popular,
            "trending": self.trending,
            "ranking": self.ranking,
            "actions": self.actions,
        }
        return tuple((name, endpoint) for name, endpoint in named.items() if endpoint is not None)
