"""Which fields the state types have in each query language. Source: States Language, tables of fields by state type."""

from __future__ import annotations

JSONATA, JSONPATH = "JSONata", "JSONPath"
LANGUAGES = (JSONATA, JSONPATH)

COMMON = frozenset({"Type", "Comment", "QueryLanguage"})
_NEXT = frozenset({"Next", "End"})
_ANSWERS = frozenset({"Retry", "Catch"})
_PATHS = frozenset({"InputPath", "OutputPath"})
_RESULT = frozenset({"ResultSelector", "ResultPath"})
_LIMITS = frozenset({"TimeoutSeconds", "HeartbeatSeconds"})
_LIMIT_PATHS = frozenset({"TimeoutSecondsPath", "HeartbeatSecondsPath"})
_MAP = frozenset({
    "ItemProcessor", "ItemSelector", "MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage",
    "ItemReader", "ItemBatcher", "ResultWriter", "Label",
})  # fmt: skip
_MAP_PATHS = frozenset({
    "Iterator", "ItemsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath",
})  # fmt: skip

FIELDS: dict[str, dict[str, frozenset[str]]] = {
    JSONATA: {
        "Task": _NEXT | _ANSWERS | _LIMITS | {"Output", "Assign", "Resource", "Arguments", "Credentials"},
        "Pass": _NEXT | {"Output", "Assign"},
        "Choice": frozenset({"Choices", "Default", "Output", "Assign"}),
        "Wait": _NEXT | {"Output", "Assign", "Seconds", "Timestamp"},
        "Succeed": frozenset({"Output"}),
        "Fail": frozenset({"Error", "Cause"}),
        "Map": _NEXT | _ANSWERS | _MAP | {"Output", "Assign", "Items"},
        "Parallel": _NEXT | _ANSWERS | {"Output", "Assign", "Branches", "Arguments"},
    },
    JSONPATH: {
        "Task": _NEXT | _ANSWERS | _LIMITS | _LIMIT_PATHS | _PATHS | _RESULT
        | {"Assign", "Resource", "Parameters", "Credentials"},
        "Pass": _NEXT | _PATHS | {"Assign", "Parameters", "Result", "ResultPath"},
        "Choice": _PATHS | {"Choices", "Default", "Assign"},
        "Wait": _NEXT | _PATHS | {"Assign", "Seconds", "Timestamp", "SecondsPath", "TimestampPath"},
        "Succeed": _PATHS,
        "Fail": frozenset({"Error", "Cause", "ErrorPath", "CausePath"}),
        "Map": _NEXT | _ANSWERS | _PATHS | _RESULT | _MAP | _MAP_PATHS | {"Assign", "Parameters"},
        "Parallel": _NEXT | _ANSWERS | _PATHS | _RESULT | {"Assign", "Branches", "Parameters"},
    },
}  # fmt: skip
"""Query language to state type to its fields, beside those of every state."""

EXCLUSIVE: tuple[tuple[str, str], ...] = (
    ("TimeoutSeconds", "TimeoutSecondsPath"),
    ("HeartbeatSeconds", "HeartbeatSecondsPath"),
    ("MaxConcurrency", "MaxConcurrencyPath"),
    ("ToleratedFailureCount", "ToleratedFailureCountPath"),
    ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    ("Error", "ErrorPath"),
    ("Cause", "CausePath"),
    ("ItemProcessor", "Iterator"),
    ("ItemSelector", "Parameters"),
)
"""Fields of which a state has at most one."""

CATCH_FIELDS = {
    JSONATA: frozenset({"ErrorEquals", "Next", "Output", "Assign", "Comment"}),
    JSONPATH: frozenset({"ErrorEquals", "Next", "ResultPath", "Assign", "Comment"}),
}
RULE_FIELDS = frozenset({"Condition", "Next", "Output", "Assign", "Comment"})
RETRY_FIELDS = frozenset(
    {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment"}
)
MACHINE_FIELDS = frozenset({"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"})


def other_language(field: str, kind: str, language: str) -> str | None:
    """The query language in which this state type has the field, when it is not this one."""
    other = JSONPATH if language == JSONATA else JSONATA
    return other if field in FIELDS[other][kind] and field not in FIELDS[language][kind] else None
