"""What the values of a column must be, as SQL conditions that a bad value meets.

In a condition `{text}` is the column as text (NULL when the cell is empty) and `{value}` the same as a number (NULL
when it is none). A condition is NULL or false for a good value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tastemaker.data.dialect import quote_name
from tastemaker.facts import failure_reasons
from tastemaker.facts.fields import MAX_EPOCH_SECONDS, MAX_ID_LENGTH, MAX_STRING_LENGTH, MAX_TEXT_LENGTH

if TYPE_CHECKING:
    from tastemaker.model.datasets import Dataset, SchemaField

_NUMBERS = {"int": "INTEGER", "long": "BIGINT", "float": "DOUBLE", "double": "DOUBLE"}
_EPOCH = ("TIMESTAMP", "CREATION_TIMESTAMP")
_IDS = ("USER_ID", "ITEM_ID")
_SOURCE = "developer guide, preparing-training-data"
_SECONDS_HINT = "Amazon Personalize wants seconds since 1970"


@dataclass(frozen=True)
class ValueCheck:
    """One condition on one column.

    Attributes:
        condition: SQL over the prepared rows (`build_rows`), true for a bad value.
        message: `{value}` is the first bad value, `{rows}` how many rows are bad.
        failure_reason: what the service says; empty where it takes such values.
        severity: as a `Finding`'s.
    """

    column: str
    rule: str
    condition: str
    message: str
    hint: str
    source: str = _SOURCE
    failure_reason: str = failure_reasons.NOT_CONFORM
    severity: Literal["error", "warning"] = "error"


def build_value_name(column: str) -> str:
    """Name of the column that holds a column's number in the prepared rows."""
    return quote_name(f"{column} as number")


def build_number(column: str, declared: SchemaField) -> str | None:
    """SQL of the column as a number; None for columns that hold text."""
    kind = _NUMBERS.get(declared.type)
    return None if kind is None else f"TRY_CAST({quote_name(column)} AS {kind}) AS {build_value_name(column)}"


def build_value_checks(dataset: Dataset) -> tuple[ValueCheck, ...]:
    """Every check of a dataset's columns, in the schema's order."""
    return tuple(
        check for name, declared in dataset.schema_fields.items() for check in _build_column_checks(name, declared)
    )


def build_screen(name: str, declared: SchemaField) -> str:
    """SQL that is true for nearly every good value and for no bad one: what a scan of all rows can afford.

    Lengths are compared in bytes, which are known already. A cast to a whole number would take a point or an exponent.
    A number that reads the same when written again has none; ten characters of a number of ten digits have no point,
    an exponent leaves two zeros at its end, and 0x begins with a zero.
    """
    text, value = quote_name(name), build_value_name(name)
    if declared.type in {"int", "long"}:
        good = f"CAST({value} AS VARCHAR) = {text}"
        if name in _EPOCH:
            plain = f"strlen({text}) = 10 AND {text} >= '1' AND {value} >= 1_000_000_000 AND {value} % 100 <> 0"
            good = f"CASE WHEN {plain} THEN true ELSE {good} AND {value} BETWEEN 0 AND {MAX_EPOCH_SECONDS} END"
    elif declared.type in _NUMBERS:
        good = f"{value} IS NOT NULL"
    elif declared.type == "boolean":
        good = f"{text} IN ('true', 'false', 'True', 'False')"
    else:
        good = f"strlen({text}) <= {find_longest(name, declared)}"
    return f"({text} IS NULL OR {good})" if declared.nullable else good


def find_longest(name: str, declared: SchemaField) -> int:
    """Characters that a text may have."""
    if declared.textual:
        return MAX_TEXT_LENGTH
    return MAX_ID_LENGTH if name in _IDS else MAX_STRING_LENGTH


def _build_column_checks(name: str, declared: SchemaField) -> list[ValueCheck]:
    text, value = quote_name(name), build_value_name(name)
    checks = []
    if not declared.nullable:
        hint = (
            f"Fill it, leave such rows out, or declare {name} nullable." if name not in _IDS else "Leave such rows out."
        )
        checks.append(ValueCheck(name, "null-value", f"{text} IS NULL", f"{name} is empty in {{rows}}", hint))
    if declared.type in {"int", "long"}:
        checks.append(_build_whole_number_check(name, declared, text, value))
    elif declared.type in _NUMBERS:
        condition = f"{text} IS NOT NULL AND {value} IS NULL"
        checks.append(_not_a_number(name, declared, condition, "Write a number with a decimal point."))
    elif declared.type == "string":
        checks.append(_build_length_check(name, declared, text))
    elif declared.type == "boolean":
        condition = f"lower({text}) NOT IN ('true', 'false')"
        checks.append(ValueCheck(name, "not-a-boolean", condition, f"{name} holds `{{value}}`", "Write true or false."))
    if name in _EPOCH and declared.type == "long":
        checks.extend(_build_epoch_checks(name, value))
    return checks


def _build_whole_number_check(name: str, declared: SchemaField, text: str, value: str) -> ValueCheck:
    odd = f"NOT regexp_full_match({text}, '[+-]?[0-9]+')"  # 1.5, 1e9 and blanks, which a cast would take
    condition = f"{text} IS NOT NULL AND ({value} IS NULL OR ({odd}))"
    if name in _EPOCH:
        message = f"{name} must be a whole number of seconds, not `{{value}}` ({{rows}})"
        hint = f"{_SECONDS_HINT}; in SQL: CAST(epoch(…) AS BIGINT)."
        return ValueCheck(name, "timestamp-not-a-number", condition, message, hint)
    return _not_a_number(name, declared, condition, f"Write a whole number that fits {declared.type}.")


def _not_a_number(name: str, declared: SchemaField, condition: str, hint: str) -> ValueCheck:
    message = f"{name} must be {declared.type}, not `{{value}}` ({{rows}})"
    return ValueCheck(name, "not-a-number", condition, message, hint)


def _build_length_check(name: str, declared: SchemaField, text: str) -> ValueCheck:
    longest = find_longest(name, declared)
    condition = f"strlen({text}) > {longest} AND length({text}) > {longest}"  # bytes first: they are counted already
    if declared.textual:
        message = f"{name} has more than {longest} characters, which are cut off ({{rows}})"
        hint = "Put what matters first; in Chinese and Japanese 7,000 characters count."
        page = "developer guide, items-datasets"
        return ValueCheck(name, "text-cut-off", condition, message, hint, page, "", "warning")
    reason = failure_reasons.too_long(name, longest)
    hint = "Shorten it, or make the column textual." if name not in _IDS else "Use a shorter id."
    page = "developer guide, error-messages, preparing-training-data"
    return ValueCheck(name, "value-too-long", condition, f"{reason} ({{rows}})", hint, page, reason)


def _build_epoch_checks(name: str, value: str) -> list[ValueCheck]:
    def build(rule: str, condition: str, what: str, hint: str) -> ValueCheck:
        message = f"{name} `{{value}}` {what} ({{rows}})"
        reason = failure_reasons.out_of_range(name, 0, MAX_EPOCH_SECONDS)
        return ValueCheck(name, rule, condition, message, hint, _SOURCE, reason)

    return [
        build("timestamp-negative", f"{value} < 0", "is before 1970", f"{_SECONDS_HINT}."),
        build(
            "timestamp-milliseconds",
            f"{value} > {MAX_EPOCH_SECONDS} AND {value} < 100_000_000_000_000",
            "looks like milliseconds",
            f"{_SECONDS_HINT}: divide by 1000.",
        ),
        build(
            "timestamp-microseconds",
            f"{value} >= 100_000_000_000_000",
            "looks like microseconds or nanoseconds",
            f"{_SECONDS_HINT}: divide by 1,000,000 (or 1,000,000,000).",
        ),
    ]
