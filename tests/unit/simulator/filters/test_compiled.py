"""What filters let through, over a catalogue small enough to check by eye."""

from __future__ import annotations

import numpy as np
import pytest

from tastemaker.facts.filters.expression import FilterError, parse_filter
from tastemaker.simulator.filters.compiled import CompiledFilter, FilterContext
from tastemaker.simulator.recipes.base import MetadataTable

# "e" is known from interactions only; "x" only from the Items dataset
ITEM_IDS = np.array(["a", "b", "c", "d", "e"], np.object_)
ITEMS = MetadataTable(
    ids=np.array(["a", "b", "c", "d", "x"], np.object_),
    columns={
        "GENRE": np.array(["horror|comedy", "horror", "drama", None, "horror"], np.object_),
        "BRAND": np.array(["acme|co", "acme", None, "zeta", "acme"], np.object_),
        "PRICE": np.array([1.0, 5.0, 10.0, np.nan, 1.0]),
    },
    categorical=frozenset({"GENRE"}),
)
SEEN = {"click": np.array([0, 1, 1], np.int32), "purchase": np.array([2], np.int32)}


def allowed(text: str, context: FilterContext | None = None, items: MetadataTable | None = ITEMS) -> str:
    """Ids that pass, as one word."""
    mask = CompiledFilter(parse_filter(text), ITEM_IDS, items).allowed(context or FilterContext(events=SEEN))
    return "".join(ITEM_IDS[mask])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click")', "cde"),
        ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("CLICK")', "cde"),
        ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")', "de"),
        ("EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (*)", "de"),
        ('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click", "purchase")', "abc"),
        ('INCLUDE ItemID WHERE Interactions.EVENT_TYPE NOT IN ("click")', "cde"),
        ('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("rating")', ""),
        ('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click") OR Interactions.EVENT_TYPE IN ("purchase")', "abc"),
        ('INCLUDE ItemID WHERE Items.GENRE IN ("horror")', "ab"),
        ('INCLUDE ItemID WHERE Items.GENRE IN ("comedy", "drama")', "ac"),
        ('INCLUDE ItemID WHERE Items.GENRE IN ("Horror")', ""),
        ('INCLUDE ItemID WHERE Items.GENRE NOT IN ("comedy")', "bc"),
        ('EXCLUDE ItemID WHERE Items.GENRE IN ("horror")', "cde"),
        ('INCLUDE ItemID WHERE Items.BRAND IN ("acme")', "b"),
        ('INCLUDE ItemID WHERE Items.ITEM_ID IN ("a", "e")', "a"),
        ('INCLUDE ItemID WHERE Items.NEW_COLUMN IN ("a")', ""),
        ("INCLUDE ItemID WHERE Items.PRICE <= 5", "ab"),
        ("INCLUDE ItemID WHERE Items.PRICE != 5", "ac"),
        ("EXCLUDE ItemID WHERE Items.PRICE > 5", "abde"),
        ('INCLUDE ItemID WHERE Items.PRICE > 5 OR Items.GENRE IN ("horror") AND Items.PRICE < 5', "ac"),
        ('INCLUDE ItemID WHERE Items.GENRE IN ("drama") | INCLUDE ItemID WHERE Items.PRICE < 2', "ac"),
        ('EXCLUDE ItemID WHERE Items.GENRE IN ("drama") | EXCLUDE ItemID WHERE Items.PRICE < 2', "bde"),
        ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click") | INCLUDE ItemID WHERE Items.PRICE > 1', "c"),
        ('INCLUDE ItemID WHERE Items.PRICE > 1 | EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click")', "c"),
    ],
)
def test_a_filter_lets_through(text: str, expected: str) -> None:
    assert allowed(text) == expected


def test_without_an_items_dataset_every_column_is_null() -> None:
    assert allowed("INCLUDE ItemID WHERE Items.PRICE > 1", items=None) == ""
    assert allowed("EXCLUDE ItemID WHERE Items.PRICE > 1", items=None) == "abcde"


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("INCLUDE ItemID WHERE Items.GENRE IN ($G)", {"G": '"comedy","drama"'}, "ac"),
        ("INCLUDE ItemID WHERE Items.GENRE IN ($G)", {"G": ' "comedy" , "drama" '}, "ac"),
        ("INCLUDE ItemID WHERE Items.GENRE = $G", {"G": '"comedy"'}, "a"),
        ("INCLUDE ItemID WHERE Items.GENRE != $G", {"G": '"comedy"'}, "bc"),
        ("INCLUDE ItemID WHERE Items.PRICE > $P", {"P": "1.5"}, "bc"),
        ("INCLUDE ItemID WHERE Items.PRICE > ($P)", {"P": "-1e0"}, "abc"),
        ("INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ($E)", {"E": '"Click"'}, "ab"),
        ("INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ($E)", {"E": '"*"'}, "abc"),
        ("EXCLUDE ItemID WHERE Items.GENRE IN ($G)", {}, "abcde"),
        ("EXCLUDE ItemID WHERE Items.GENRE IN ($G) | EXCLUDE ItemID WHERE Items.PRICE > $P", {"P": "5"}, "abde"),
        ("EXCLUDE ItemID WHERE Items.GENRE IN ($G)", {"G": '"drama"', "OTHER": "unused"}, "abde"),
    ],
)
def test_placeholders_take_the_values_of_the_request(text: str, values: dict[str, str], expected: str) -> None:
    assert allowed(text, FilterContext(events=SEEN, values=values)) == expected


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        (
            "INCLUDE ItemID WHERE Items.GENRE IN ($G) AND Items.PRICE < $A",
            {},
            "The filter includes by $A, $G; give a value in filterValues.",
        ),
        (
            "INCLUDE ItemID WHERE Items.GENRE IN ($G)",
            {"g": '"horror"'},
            "The filter includes by $G; give a value in filterValues.",
        ),
        (
            "INCLUDE ItemID WHERE Items.GENRE IN ($G)",
            {"G": "horror"},
            (
                "The value of $G must be strings in double quotes, separated by commas,"
                ' as in "\\"horror\\",\\"comedy\\""; found horror.'
            ),
        ),
        (
            "INCLUDE ItemID WHERE Items.GENRE = $G",
            {"G": '"horror","drama"'},
            'The value of $G must be one string; found "horror","drama".',
        ),
        (
            "EXCLUDE ItemID WHERE Items.PRICE < $P",
            {"P": '"10"'},
            'The value of $P must be a number without quotes; found "10".',
        ),
        (
            "EXCLUDE ItemID WHERE Items.PRICE < $P",
            {"P": "nan"},
            "The value of $P must be a number without quotes; found nan.",
        ),
    ],
)
def test_a_missing_or_unreadable_value_is_refused(text: str, values: dict[str, str], message: str) -> None:
    with pytest.raises(FilterError) as caught:
        allowed(text, FilterContext(values=values))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "item", "expected"),
    [
        ("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE", 1, "a"),
        ("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE", 3, ""),
        ("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE", 4, ""),
        ("INCLUDE ItemID WHERE Items.PRICE != CurrentItem.PRICE", -1, ""),
        ("INCLUDE ItemID WHERE Items.PRICE IN CurrentItem.PRICE", 1, "b"),
        ("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.COST", 1, ""),
        ("INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.GENRE", 0, "ab"),
        ("INCLUDE ItemID WHERE Items.GENRE = CurrentItem.GENRE", 1, "ab"),
        ("INCLUDE ItemID WHERE Items.GENRE != CurrentItem.GENRE", 1, "c"),
        ("INCLUDE ItemID WHERE Items.GENRE != CurrentItem.GENRE", 3, ""),
        ("INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.GENRE", -1, ""),
        ("INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.MOOD", 0, ""),
    ],
)
def test_the_current_item_is_compared_with(text: str, item: int, expected: str) -> None:
    assert allowed(text, FilterContext(item=item)) == expected


@pytest.mark.parametrize(
    ("condition", "user", "holds"),
    [
        ("CurrentUser.AGE > 18", {"AGE": 20.0}, True),
        ("CurrentUser.AGE > 18", {"AGE": 18.0}, False),
        ("CurrentUser.AGE != 18", {"AGE": None}, False),
        ("CurrentUser.AGE != 18", {"AGE": float("nan")}, False),
        ("CurrentUser.AGE != 18", {}, False),
        ("CurrentUser.AGE = $N", {"AGE": 7.0}, True),
        ("CurrentUser.AGE > 1 AND CurrentUser.AGE < 9", {"AGE": 20.0}, False),
        ('CurrentUser.COUNTRY IN ("US", "CA")', {"COUNTRY": "CA"}, True),
        ('CurrentUser.COUNTRY NOT IN ("US", "CA")', {"COUNTRY": "CA"}, False),
        ('CurrentUser.COUNTRY = "CA"', {"COUNTRY": "CA"}, True),
        ('CurrentUser.COUNTRY != "CA"', {"COUNTRY": "CA"}, False),
        ('CurrentUser.TASTES IN ("jazz")', {"TASTES": "rock|jazz"}, True),
        ("CurrentUser.COUNTRY IN ($S)", {"COUNTRY": "US"}, True),
        ("CurrentUser.COUNTRY = $S", {"COUNTRY": "CA"}, False),
        ("CurrentUser.COUNTRY > 5", {"COUNTRY": "CA"}, False),
        ('CurrentUser.AGE IN ("5")', {"AGE": 5.0}, False),
    ],
)
def test_an_if_decides_whether_the_expression_takes_part(
    condition: str, user: dict[str, str | float | None], holds: bool
) -> None:
    context = FilterContext(user=user, values={"N": "7", "S": '"US"'})
    assert allowed(f"INCLUDE ItemID WHERE Items.PRICE < 2 IF {condition}", context) == ("a" if holds else "abcde")
    assert allowed(f"EXCLUDE ItemID WHERE Items.PRICE < 2 IF {condition}", context) == ("bcde" if holds else "abcde")


def test_an_include_without_its_value_is_refused_even_where_its_if_does_not_hold() -> None:
    with pytest.raises(FilterError, match=r"The filter includes by \$P; give a value in filterValues."):
        allowed("INCLUDE ItemID WHERE Items.PRICE < $P IF CurrentUser.AGE > 18")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'INCLUDE ItemID WHERE Items.PRICE IN ("5")',
            "At character 22: Items.PRICE holds numbers and cannot be matched with strings.",
        ),
        (
            "INCLUDE ItemID WHERE Items.GENRE > 5",
            "At character 22: Items.GENRE holds strings and is matched with IN, NOT IN, = or != and strings.",
        ),
        (
            "INCLUDE ItemID WHERE Items.GENRE = CurrentItem.PRICE",
            "At character 36: CurrentItem.PRICE holds numbers and cannot be compared with strings.",
        ),
        (
            "INCLUDE ItemID WHERE Items.PRICE = CurrentItem.GENRE",
            "At character 36: CurrentItem.GENRE holds strings and cannot be compared with numbers.",
        ),
    ],
)
def test_an_operator_that_does_not_fit_the_data_is_refused_when_compiling(text: str, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        allowed(text)
    assert str(caught.value) == message


def test_a_filter_on_actions_selects_actions() -> None:
    actions = MetadataTable(np.array(["a", "b", "c"], object), {"VALUE": np.array([1.0, 5.0, np.nan])})
    text = (
        "INCLUDE ActionID WHERE Actions.VALUE > 0 |"
        ' EXCLUDE ActionID WHERE Action_Interactions.EVENT_TYPE IN ("NOT_TAKEN")'
    )
    compiled = CompiledFilter(parse_filter(text), actions.ids, actions)
    mask = compiled.allowed(FilterContext(events={"not_taken": np.array([0], np.int32)}))
    assert mask.tolist() == [False, True, False]


def test_a_filter_on_users_selects_users() -> None:
    users = MetadataTable(np.array(["a", "b", "c"], object), {"AGE": np.array([10.0, 20.0, np.nan])})
    parsed = parse_filter("INCLUDE UserID WHERE Users.AGE > 1 | EXCLUDE UserID WHERE Interactions.EVENT_TYPE IN (*)")
    compiled = CompiledFilter(parsed, users.ids, users)
    assert compiled.allowed(FilterContext()).tolist() == [True, True, False]
    seen = FilterContext(events={"view": np.array([1], np.int32)})
    assert compiled.allowed(seen).tolist() == [True, False, False]


def test_the_caller_may_change_the_mask() -> None:
    compiled = CompiledFilter(parse_filter("INCLUDE ItemID WHERE Items.PRICE < 2"), ITEM_IDS, ITEMS)
    compiled.allowed(FilterContext())[:] = False
    assert compiled.allowed(FilterContext()).tolist() == [True, False, False, False, False]
