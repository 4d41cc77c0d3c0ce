"""The grammar of filter expressions, by the guide's examples and the mistakes that people make."""

from __future__ import annotations

from typing import Any

import pytest

from tastemaker.facts.filters.expression import FilterError, check_filter, parameter_names, parse_filter
from tastemaker.facts.filters.nodes import (
    AnyEvent,
    Condition,
    Field,
    FilterExpression,
    FilterPart,
    Number,
    Parameter,
    Strings,
)

NULLABLE_STRING = ["null", "string"]
SCHEMAS: dict[str, dict[str, Any]] = {
    "INTERACTIONS": {"fields": [{"name": "EVENT_TYPE", "type": "string"}]},
    "ACTION_INTERACTIONS": {"fields": [{"name": "EVENT_TYPE", "type": "string"}]},
    "ITEMS": {
        "fields": [
            {"name": "GENRE", "type": NULLABLE_STRING, "categorical": True},
            {"name": "GENRE_L2", "type": {"type": "string"}},
            {"name": "PRICE", "type": ["null", "float"]},
            {"name": "IN_STOCK", "type": ["boolean", "null"]},
            {"name": "DESCRIPTION", "type": NULLABLE_STRING, "textual": True},
        ]
    },
    "USERS": {"fields": [{"name": "AGE", "type": "int"}, {"name": "COUNTRY", "type": "string"}]},
    "ACTIONS": {"fields": [{"name": "VALUE", "type": "long"}]},
}

VALID = [
    ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Purchase")', ()),
    ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click", "stream")', ()),
    ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")', ()),
    ("INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ($EVENT_TYPE)", ("EVENT_TYPE",)),
    ("INCLUDE ItemID WHERE Items.GENRE IN ($GENRE)", ("GENRE",)),
    ("EXCLUDE ItemID WHERE Items.CATEGORY IN ($CATEGORY)", ("CATEGORY",)),
    ("INCLUDE ItemID WHERE Items.PRICE <= $PRICE", ("PRICE",)),
    ("INCLUDE ItemID WHERE Items.CREATION_TIMESTAMP > $SINCE", ("SINCE",)),
    ("INCLUDE ItemID WHERE Items.STOCK != 0", ()),
    ('EXCLUDE ItemID WHERE Items.CATEGORY_L1 IN ("shoe") AND Items.CATEGORY_L2 NOT IN ("boot")', ()),
    ('INCLUDE ItemID WHERE Items.BRAND IN ("acme") OR Items.PRICE < 5', ()),
    ("EXCLUDE ItemID WHERE Items.GENRE IN ($GENRE) IF CurrentUser.AGE = $AGE", ("AGE", "GENRE")),
    (
        (
            'INCLUDE ItemID WHERE Items.CATEGORY_L1 IN ("watch") AND Items.CATEGORY_L2 IN ("luxury")'
            ' IF CurrentUser.AGE > 18 AND CurrentUser.COUNTRY IN ("US")'
        ),
        (),
    ),
    ("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE AND Items.GENRE IN CurrentItem.GENRE", ()),
    (
        (
            "INCLUDE ItemID WHERE Items.GENRE IN ($GENRE) |"
            ' EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click", "stream")'
        ),
        ("GENRE",),
    ),
    (
        (
            "INCLUDE ItemID WHERE Items.CATEGORY IN ($CATEGORY) |"
            ' INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("favorite")'
        ),
        ("CATEGORY",),
    ),
    ("INCLUDE UserID WHERE Users.MEMBERSHIP_STATUS IN ($MEMBERSHIP)", ("MEMBERSHIP",)),
    ("EXCLUDE UserID WHERE Users.AGE < $AGE", ("AGE",)),
    ('EXCLUDE ActionID WHERE Action_Interactions.EVENT_TYPE IN ("NOT_TAKEN")', ()),
    ("EXCLUDE ActionID WHERE Actions.VALUE < ($VALUE) IF CurrentUser.MEMBERSHIP = $PREMIUM", ("PREMIUM", "VALUE")),
]

INVALID = [
    ('Items.GENRE IN ("a")', "At character 1: expected INCLUDE or EXCLUDE, found Items.GENRE."),
    ('REMOVE ItemID WHERE Items.GENRE IN ("a")', "At character 1: expected INCLUDE or EXCLUDE, found REMOVE."),
    ('EXCLUDE ItemId Items.GENRE IN ("a")', "At character 16: expected WHERE, found Items.GENRE."),
    (
        'EXCLUDE ItemID WHERE GENRE IN ("a")',
        "At character 22: expected a dataset and its field, such as Items.GENRE, found GENRE.",
    ),
    (
        'EXCLUDE ItemID WHERE Items.GENRE IN ("a") AND Interactions.EVENT_TYPE IN ("b")',
        (
            "At character 47: one expression uses one dataset: Items at first, Interactions here."
            " Join two expressions with |."
        ),
    ),
    (
        "INCLUDE ItemID WHERE Interactions.EVENT_VALUE > 3",
        "At character 22: only Interactions.EVENT_TYPE can be filtered, not Interactions.EVENT_VALUE.",
    ),
    (
        'INCLUDE ItemID WHERE Interactions.DEVICE IN ("phone")',
        "At character 22: only Interactions.EVENT_TYPE can be filtered, not Interactions.DEVICE.",
    ),
    (
        "INCLUDE ItemID WHERE Items.GENRE NOT IN ($G)",
        (
            "At character 42: Placeholders are not allowed with NOT_IN operator."
            " Use IN and the opposite action, INCLUDE or EXCLUDE."
        ),
    ),
    (
        "INCLUDE ItemID WHERE Items.GENRE IN ($A, $B)",
        "At character 38: a placeholder stands alone in its parentheses; its value at request time may be a list.",
    ),
    (
        "INCLUDE ItemID WHERE Items.IN_STOCK = true",
        (
            "At character 39: boolean values cannot be filtered, found true."
            ' Use a string column with "True" and "False", or an int column with 0 and 1.'
        ),
    ),
    (
        'INCLUDE ItemID WHERE Items.DESCRIPTION IN ("x")',
        "At character 22: Items.DESCRIPTION is textual; text cannot be filtered.",
    ),
    (
        "INCLUDE ItemID WHERE Items.GENRE IN (*)",
        "At character 38: * stands for every event type and is not possible for Items.GENRE.",
    ),
    (
        "INCLUDE ItemID WHERE CurrentUser.AGE > 18",
        "At character 22: CurrentUser.AGE is possible only in an IF at the end of the expression.",
    ),
    (
        "INCLUDE ItemID WHERE Items.PRICE > 1 IF CurrentUser.AGE > 1 IF CurrentUser.AGE < 9",
        "At character 61: an expression has one IF, at its end; extend it with AND.",
    ),
    (
        "INCLUDE ItemID WHERE Items.PRICE > 1 IF CurrentUser.AGE > 1 OR CurrentUser.VIP = 1",
        "At character 61: an IF is extended with AND only; OR is not possible there.",
    ),
    (
        "INCLUDE ItemID WHERE Items.PRICE > 1 IF Items.STOCK > 0",
        "At character 41: an IF checks CurrentUser only, not Items.STOCK.",
    ),
    (
        "INCLUDE ItemID WHERE Items.NO_SUCH_COLUMN = 1",
        "At character 22: Items.NO_SUCH_COLUMN is not a column of the ITEMS schema.",
    ),
    (
        'INCLUDE ItemID WHERE Items.GENRE IN ("a"',
        "At character 41: expected a comma or ), but the expression ends here.",
    ),
    (
        "EXCLUDE ActionID WHERE Actions.REPEAT_FREQUENCY > 3",
        "At character 24: Actions.REPEAT_FREQUENCY cannot be filtered; Amazon Personalize applies it by itself.",
    ),
    (
        f'INCLUDE ItemID WHERE Items.GENRE IN ("{"x" * 2_500}")',
        "A filter expression has at most 2500 characters, this one has 2540.",
    ),
    (
        "INCLUDE ItemID WHERE " + " AND ".join(f"Items.F{number} = 1" for number in range(11)),
        "At character 192: a filter uses at most 10 distinct fields; this is one more.",
    ),
    ("", "At character 1: expected INCLUDE or EXCLUDE, but the expression ends here."),
    (
        'INCLUDE ItemID WHERE Items.GENRE IN ("a") |',
        "At character 44: expected INCLUDE or EXCLUDE, but the expression ends here.",
    ),
    ('INCLUDE ItemID WHERE Items.GENRE IN ("a', "At character 38: this string has no closing double quote."),
    (
        "INCLUDE ItemID WHERE Items.GENRE IN ('a')",
        """At character 38: strings stand in straight double quotes ("horror"), found '.""",
    ),
    (
        "INCLUDE ItemID WHERE Items.PRICE < $1",
        "At character 36: a placeholder is $ and a name of letters, digits and underscores, such as $GENRE.",
    ),
    ("INCLUDE ItemID WHERE Items.PRICE ; 1", "At character 34: ';' means nothing in a filter expression."),
    (
        "INCLUDE ItemID WHERE Items.PRICE < cheap",
        "At character 36: expected a number or a placeholder such as $PRICE, found cheap.",
    ),
    ("INCLUDE ItemID WHERE Items.GENRE IN (5)", 'At character 38: IN takes strings in double quotes: write "5".'),
    (
        "INCLUDE ItemID WHERE Items.GENRE IN (CurrentItem.GENRE)",
        "At character 38: a field stands without parentheses: IN CurrentItem.GENRE.",
    ),
    ("INCLUDE ItemID WHERE Items.PRICE = *", """At character 36: * stands for every event type, in IN ("*") only."""),
    (
        'INCLUDE ItemID WHERE Films.GENRE IN ("a")',
        (
            "At character 22: Films is no dataset; possible are Interactions, Action_Interactions, Items, Users,"
            " Actions, CurrentUser, CurrentItem."
        ),
    ),
    (
        "INCLUDE ItemID WHERE Users.AGE > 1",
        "At character 22: ItemID is filtered by Items or Interactions, not by Users.",
    ),
    (
        'INCLUDE ItemID WHERE Interactions.EVENT_TYPE = "a"',
        "At character 22: Interactions.EVENT_TYPE is matched with IN or NOT IN, not with =.",
    ),
    (
        'INCLUDE ItemID WHERE Items.GENRE = "a"',
        'At character 22: Items.GENRE is matched with a string by IN ("…"), not by =.',
    ),
    (
        "INCLUDE ItemID WHERE Items.PRICE < Items.COST",
        "At character 36: only CurrentItem may stand on the right, not Items.COST.",
    ),
    (
        "INCLUDE ItemID WHERE CurrentItem.PRICE < 5",
        "At character 22: CurrentItem.PRICE is possible only on the right of a comparison.",
    ),
    (
        "INCLUDE UserID WHERE Users.AGE < CurrentItem.PRICE",
        "At character 34: UserID is compared with values, not with CurrentItem.PRICE.",
    ),
    (
        "INCLUDE ItemID WHERE Items.PRICE > 1 IF CurrentUser.AGE > CurrentItem.PRICE",
        "At character 59: CurrentUser.AGE is compared with values, not with CurrentItem.PRICE.",
    ),
    (
        'INCLUDE ItemID WHERE Items.PRICE > 1 IF CurrentUser.COUNTRY < "US"',
        "At character 41: < orders numbers; strings are compared with = or !=.",
    ),
    (
        "INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN CurrentItem.KIND",
        "At character 49: Interactions.EVENT_TYPE cannot be compared with a field.",
    ),
    (
        "INCLUDE ItemID WHERE Items.PRICE > 1 | EXCLUDE UserID WHERE Users.AGE > 1",
        "At character 61: one filter has one target: ItemID at first, UserID later.",
    ),
    (
        "INCLUDE ItemID WHERE Items.GENRE_L3 = 1",
        "At character 22: Items.GENRE_L3 is not a column of the ITEMS schema. Did you mean GENRE_L2?",
    ),
    (
        'INCLUDE ItemID WHERE Items.genre IN ("a")',
        "At character 22: Items.genre is not a column of the ITEMS schema. Did you mean GENRE?",
    ),
    (
        "INCLUDE ItemID WHERE Items.IN_STOCK = 1",
        (
            "At character 22: Items.IN_STOCK is boolean; boolean columns cannot be filtered."
            " Use a string or an int column instead."
        ),
    ),
    (
        "INCLUDE ItemID WHERE Items.GENRE > $G",
        "At character 22: > orders numbers, but Items.GENRE holds strings.",
    ),
    ("INCLUDE ItemID WHERE Items.GENRE = 5", 'At character 22: Items.GENRE holds strings; match it with IN ("…").'),
    (
        "INCLUDE ItemID WHERE Items.PRICE IN ($P)",
        "At character 22: Items.PRICE holds numbers; compare it with =, !=, <, <=, > or >=.",
    ),
    (
        'INCLUDE ItemID WHERE Items.PRICE > 1 IF CurrentUser.AGE = "old"',
        "At character 41: CurrentUser.AGE holds numbers and cannot equal a string.",
    ),
    (
        "INCLUDE ItemID WHERE Items.PRICE = CurrentItem.GENRE",
        "At character 22: Items.PRICE holds a number, CurrentItem.GENRE a string.",
    ),
]


@pytest.mark.parametrize(("text", "parameters"), VALID)
def test_a_valid_expression_is_read_with_its_placeholders(text: str, parameters: tuple[str, ...]) -> None:
    assert parameter_names(parse_filter(text)) == parameters


@pytest.mark.parametrize(("text", "message"), INVALID)
def test_an_invalid_expression_is_refused_in_plain_words(text: str, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        check_filter(parse_filter(text), SCHEMAS)
    assert str(caught.value) == message


def test_an_expression_becomes_data() -> None:
    text = 'INCLUDE ItemID WHERE Items.A IN ("x") OR Items.B NOT IN ("y", "z") AND Items.C <= 1.5 IF CurrentUser.D = $D'
    a = Condition(Field("Items", "A"), "IN", Strings(("x",)))
    b = Condition(Field("Items", "B"), "NOT IN", Strings(("y", "z")))
    c = Condition(Field("Items", "C"), "<=", Number(1.5))
    d = Condition(Field("CurrentUser", "D"), "=", Parameter("D"))
    assert parse_filter(text) == FilterExpression((FilterPart("INCLUDE", "ItemID", ((a,), (b, c)), (d,)),))


def test_keywords_targets_and_datasets_may_have_any_case() -> None:
    upper = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE NOT IN ("a") | INCLUDE ItemID WHERE Items.in IN ("or")'
    lower = 'exclude itemid where interactions.EVENT_TYPE not in ("a") | include ItemId where ITEMS.in in ("or")'
    assert parse_filter(upper) == parse_filter(lower)


@pytest.mark.parametrize("operand", ["*", '"*"', '"click", "*"'])
def test_a_star_is_every_event_type(operand: str) -> None:
    parsed = parse_filter(f"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ({operand})")
    assert parsed.parts[0].alternatives == ((Condition(Field("Interactions", "EVENT_TYPE"), "IN", AnyEvent()),),)


def test_a_quoted_star_in_a_column_is_a_string() -> None:
    parsed = parse_filter('EXCLUDE ItemID WHERE Items.GENRE IN ("*")')
    assert parsed.parts[0].alternatives == ((Condition(Field("Items", "GENRE"), "IN", Strings(("*",))),),)


def test_a_dataset_that_the_group_lacks_is_named() -> None:
    parsed = parse_filter("INCLUDE ItemID WHERE Items.PRICE > 1 IF CurrentUser.AGE > 1")
    with pytest.raises(FilterError, match=r"At character 41: CurrentUser\.AGE needs a dataset of type USERS") as caught:
        check_filter(parsed, {"ITEMS": SCHEMAS["ITEMS"]})
    assert caught.value.position == 41


@pytest.mark.parametrize(
    "text",
    [
        'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("a") | INCLUDE ItemID WHERE Items.GENRE_L2 = $G',
        "INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE OR Items.GENRE IN CurrentItem.GENRE_L2",
        'INCLUDE ItemID WHERE Items.PRICE < 3 IF CurrentUser.AGE > 1 AND CurrentUser.COUNTRY != "US"',
        "INCLUDE ActionID WHERE Actions.VALUE > ($V)",
    ],
)
def test_an_expression_that_fits_its_schemas_passes(text: str) -> None:
    check_filter(parse_filter(text), SCHEMAS)
