"""The rules that one has to know to judge a local result.

Statements about one module only may stand in that module as `FIDELITY`; the page finds them there.
"""

from __future__ import annotations

from typing import Final

from tastemaker.simulator.fidelity.record import Fidelity, Grade

_EXACT, _CHOSEN, _ABSENT = Grade.EXACT, Grade.APPROXIMATE, Grade.ABSENT
_GUIDE, _API = "Developer Guide, ", "API Reference, "
_SILENT = "not documented"

FIDELITY: Final = (
    Fidelity(
        "Operations",
        "GetActionRecommendations",
        _CHOSEN,
        "Order and scores come from the local recipe; see Actions below.",
        _GUIDE + "get-action-recommendations",
    ),
    Fidelity(
        "Operations",
        "GetRecommendations",
        _CHOSEN,
        "Order and scores come from the local recipes; everything around them is as documented.",
        "Recipes below",
    ),
    Fidelity(
        "Operations",
        "GetPersonalizedRanking",
        _CHOSEN,
        "Order and scores come from the local recipes; everything around them is as documented.",
        "Recipes below",
    ),
    Fidelity(
        "Operations",
        "GetSolutionMetrics",
        _CHOSEN,
        "Measured on a hold-out by the service's definitions; they judge the local model.",
        "Metrics below",
    ),
    Fidelity(
        "Operations",
        "DescribeRecipe",
        _CHOSEN,
        "Names, ARNs and type; the dates are not the service's, the description is left out.",
        _SILENT,
    ),
    Fidelity(
        "Operations",
        "DescribeAlgorithm",
        _CHOSEN,
        "Name and default hyperparameters; the image, ranges and dates are left out or not the service's.",
        _SILENT,
    ),
    Fidelity(
        "Operations",
        "DescribeFeatureTransformation",
        _CHOSEN,
        "Only the documented names; the default parameters are left out.",
        _SILENT,
    ),
    Fidelity(
        "Wire",
        "Requests and answers",
        _EXACT,
        "AWS JSON 1.1 and REST-JSON, error shapes and statuses.",
        "botocore's service models",
    ),
    Fidelity(
        "Wire",
        "Limits of members",
        _EXACT,
        "Required members, lengths, patterns, ranges, enumerations; the wording of the message is the common "
        "one of AWS.",
        "botocore's service models",
    ),
    Fidelity(
        "Wire",
        "Unknown JSON members",
        _CHOSEN,
        "HTTP 501 UnsupportedBySimulator. The service ignores them; here they may be newer than the installed "
        "botocore.",
        _SILENT,
    ),
    Fidelity(
        "Wire",
        "Half a surrogate pair in a string",
        _CHOSEN,
        "InvalidInputException: nothing could store it.",
        _SILENT,
    ),
    Fidelity(
        "Wire",
        "Signatures and permissions of callers",
        _ABSENT,
        "Every caller may do everything.",
        _GUIDE + "security_iam_service-with-iam",
    ),
    Fidelity(
        "Lifecycle",
        "Statuses and their order",
        _EXACT,
        "CREATE PENDING, CREATE IN_PROGRESS, ACTIVE or CREATE FAILED; DELETE PENDING, DELETE IN_PROGRESS, "
        "then not found.",
        _API + "Describe operations",
    ),
    Fidelity(
        "Lifecycle",
        "Durations",
        _CHOSEN,
        "Typical values for small data, configurable, on the caller's clock.",
        "AWS notebooks and the personalization-apis cheat sheet",
    ),
    Fidelity(
        "Lifecycle",
        "Deletion order",
        _CHOSEN,
        "Datasets, solutions and the event tracker go before their group as documented; filters have to go, too.",
        _GUIDE + "deleting-resources; filters: " + _SILENT,
    ),
    Fidelity(
        "Lifecycle",
        "Second event tracker in a group",
        _CHOSEN,
        "ResourceAlreadyExistsException; only that there may be one is documented.",
        _API + "CreateEventTracker",
    ),
    Fidelity(
        "Lifecycle",
        "Creating below a parent that is not ACTIVE",
        _CHOSEN,
        "ResourceInUseException; InvalidInputException where the operation does not model it (CreateFilter).",
        _SILENT,
    ),
    Fidelity(
        "Lifecycle",
        "$LATEST in a campaign",
        _CHOSEN,
        "DescribeCampaign shows the ARN of the version that it stands for.",
        _SILENT,
    ),
    Fidelity(
        "Lifecycle",
        "UpdateCampaign",
        _EXACT,
        "The old version serves until latestCampaignUpdate is ACTIVE.",
        _API + "DescribeCampaign",
    ),
    Fidelity(
        "Lifecycle",
        "Solution version",
        _EXACT,
        "A snapshot of its solution's configuration and of the data when the training begins.",
        _GUIDE + "creating-a-solution-version",
    ),
    Fidelity(
        "Lifecycle",
        "Automatic training",
        _EXACT,
        "On by default, first within the hour after ACTIVE, then every 7 or the given days, only with new "
        "data. The first one takes the whole hour here.",
        _GUIDE + "solution-config-auto-training",
    ),
    Fidelity(
        "Lifecycle",
        "Ids in ARNs and trackingId",
        _CHOSEN,
        "Derived from the seed, so that the same history gives the same names.",
        _SILENT,
    ),
    Fidelity(
        "Events",
        "PutEvents",
        _EXACT,
        "At most 10 events, 10 KB each, known eventIds ignored, the same user's next answer changes with "
        "real-time recipes.",
        _GUIDE + "recording-item-interaction-events",
    ),
    Fidelity(
        "Events",
        "Unknown tracker",
        _CHOSEN,
        "InvalidInputException: PutEvents models nothing else.",
        "botocore's service models",
    ),
    Fidelity(
        "Events",
        "Unknown keys in properties",
        _CHOSEN,
        "InvalidInputException, which shows a misspelt column.",
        _SILENT,
    ),
    Fidelity(
        "Events",
        "Numbers that no column can hold",
        _CHOSEN,
        "InvalidInputException at once.",
        _SILENT,
    ),
    Fidelity(
        "Filters",
        "Grammar",
        _EXACT,
        "Every documented form; AND binds before OR.",
        _GUIDE + "filter-expressions; precedence: " + _SILENT,
    ),
    Fidelity("Filters", "filterValues without a placeholder", _CHOSEN, "InvalidInputException, by name.", _SILENT),
    Fidelity(
        "Filters",
        "Streamed events and records",
        _CHOSEN,
        "Count after 15 minutes: the documented upper bound, so that what works here works there. Configurable.",
        _GUIDE + "filter",
    ),
    Fidelity(
        "Filters",
        "Null",
        _CHOSEN,
        "Matches nothing, not even NOT IN or !=.",
        _SILENT,
    ),
    Fidelity(
        "Filters",
        "IF that does not hold",
        _CHOSEN,
        "The expression takes no part; without another INCLUDE everything stays.",
        _SILENT,
    ),
    Fidelity(
        "Filters",
        "Event type NOT IN",
        _CHOSEN,
        "The complement of IN: items without any event match.",
        "derived from Developer Guide, filter-expressions",
    ),
    Fidelity(
        "Filters",
        "Events considered",
        _EXACT,
        "The newest 100 of each event type.",
        _GUIDE + "filter-expressions",
    ),
    Fidelity(
        "Filters",
        "INCLUDE on a ranking",
        _CHOSEN,
        "Drops unknown items, which have no attributes.",
        _SILENT,
    ),
    Fidelity(
        "Runtime",
        "Required members by recipe, numbers of results",
        _EXACT,
        "500 results, 50 with metadata.",
        _API + "GetRecommendations",
    ),
    Fidelity(
        "Runtime",
        "Scores",
        _EXACT,
        "Shares that sum to 1 over the scored items; none for recipes without scores.",
        _GUIDE + "recommendations",
    ),
    Fidelity(
        "Filters",
        "Ageing",
        _EXACT,
        "A user for whom nothing was imported or streamed for three months (90 days) is forgotten; what arrives "
        "afterwards counts, what was before does not.",
        _GUIDE + "filter",
    ),
    Fidelity(
        "Filters",
        "Known event types",
        _EXACT,
        "Those that were there at the training or were streamed since.",
        _GUIDE + "filter",
    ),
    Fidelity(
        "Training options",
        "`eventType` of a solution and of `eventsConfig`",
        _CHOSEN,
        "Compared without case, as filters compare event types. The references of CreateSolution and EventParameters "
        "do not say.",
        "derived from Developer Guide, filter-expressions",
    ),
    Fidelity(
        "New items",
        "Automatic update",
        _CHOSEN,
        "Every two hours, free, in place, for the latest FULL version only. Ticks count from when the campaign or "
        "recommender last became ACTIVE (not documented). Changed metadata of known items waits for no new item, but "
        "alone it starts no update.",
        _GUIDE + "automatic-updates",
    ),
    Fidelity(
        "New items",
        "trainingMode UPDATE",
        _CHOSEN,
        "Adds what is new to the latest FULL version, keeps its metrics, takes the base duration of a training, is "
        "charged by the hour. That it keeps the metrics and how long it takes is not documented.",
        _API + "CreateSolutionVersion",
    ),
    Fidelity(
        "New items",
        "Score of an item that was not at the training",
        _CHOSEN,
        "The average of the 20 most similar items by TF-IDF of the metadata; without metadata a neutral one.",
        _SILENT,
    ),
    Fidelity(
        "New items",
        "Exploration, aws-user-personalization and recommenders",
        _CHOSEN,
        "explorationWeight and explorationItemAgeCutOff as documented. The bonus falls with 1 / (1 + interactions), "
        "ends at 50 of them, and depends on seed, user and item; impressions do not steer it.",
        _GUIDE + "native-recipe-new-item-USER_PERSONALIZATION; formula: " + _SILENT,
    ),
    Fidelity(
        "New items",
        "Exploration, aws-user-personalization-v2",
        _CHOSEN,
        "One result in a thousand is replaced by an item of at most 30 days and fewer than 5 interactions, with the "
        "reason Exploration.",
        "personalization-apis cheat sheet; formula: " + _SILENT,
    ),
    Fidelity(
        "Events",
        "Anonymous visitors",
        _EXACT,
        "A session counts as the user of its id; with one event that has both ids the histories are one after the next "
        "FULL training.",
        _GUIDE + "recording-anonymous-user-events",
    ),
    Fidelity(
        "Runtime",
        "recommendationId",
        _CHOSEN,
        "A counter in the form of the service's.",
        _SILENT,
    ),
    Fidelity(
        "Metrics",
        "GetSolutionMetrics",
        _EXACT,
        "Names and definitions on a held-out tenth of the users, the newest tenth of their events being the truth. In "
        "large data the judged model may lack up to a twentieth of the other users, from whom weights were learnt.",
        _GUIDE + "working-with-training-metrics",
    ),
    Fidelity(
        "Metrics",
        "coverage",
        _CHOSEN,
        "Share of the whole catalogue in the first 25 places.",
        _SILENT,
    ),
    Fidelity(
        "Cost",
        "Prices",
        _CHOSEN,
        "As two public documents of 2026 quote them; the AWS price page was not confirmed. Give your own Prices.",
        "facts/prices.py",
    ),
)
"""In the order of the page; area Operations: what is said about an operation in its line."""
