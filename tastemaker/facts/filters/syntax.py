"""The grammar of filter expressions, a little wider than the service's so that the rules can name what is wrong.

Source: developer guide, filter-expressions and creating-filter-expressions. That AND binds before OR and parentheses do
not group is assumed: the guide does not say.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lark import Lark, Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from tastemaker.facts.filters.problems import FilterError

if TYPE_CHECKING:
    from lark import ParseTree

_GRAMMAR = r"""
start: part ("|" part)*
part: ACTION TARGET WHERE conditions if_clause*
if_clause: IF conditions
conditions: condition (CONNECTOR condition)*
condition: FIELD COMPARISON value              -> comparison
         | FIELD COMPARISON "(" PARAMETER ")"  -> comparison
         | FIELD IN "(" value ("," value)* ")" -> membership
         | FIELD NOT IN "(" value ("," value)* ")" -> membership
         | FIELD IN FIELD                      -> relation
value: NUMBER | STRING | PARAMETER | STAR | WORD | FIELD

ACTION.2: /(include|exclude)(?![\w.])/i
TARGET.2: /(item|action|user)id(?![\w.])/i
WHERE.2: /where(?![\w.])/i
IF.2: /if(?![\w.])/i
CONNECTOR.2: /(and|or)(?![\w.])/i
NOT.2: /not(?![\w.])/i
IN.2: /in(?![\w.])/i
FIELD.1: /[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*/
WORD: /[A-Za-z_][A-Za-z0-9_]*/
PARAMETER: /\$[A-Za-z_][A-Za-z0-9_]*/
NUMBER: /[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/
STRING: /"[^"]*"/
STAR: "*"
COMPARISON: "<=" | ">=" | "!=" | "<" | ">" | "="
%ignore /\s+/
"""

# In the order in which a message lists them. A word is never what a user should write, so it is not offered.
_PLAIN_WORDS = {
    "ACTION": "INCLUDE or EXCLUDE",
    "TARGET": "ItemID, ActionID or UserID",
    "WHERE": "WHERE",
    "FIELD": "a dataset and its field, such as Items.GENRE",
    "NUMBER": "a number",
    "STRING": 'a string in double quotes, such as "horror"',
    "PARAMETER": "a placeholder, such as $GENRE",
    "STAR": "*",
    "NOT": "NOT IN",
    "IN": "IN",
    "COMPARISON": "a comparison (=, !=, <, <=, >, >=)",
    "LPAR": "(",
    "COMMA": "a comma",
    "RPAR": ")",
    "CONNECTOR": "AND or OR",
    "IF": "IF",
    "VBAR": "| and another expression",
    "$END": "the end",
}
_FOREIGN_QUOTES = "'`‘’“”„«»"  # noqa: RUF001 - the look-alikes are what people paste


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="basic", propagate_positions=True)


def parse_tree(text: str) -> ParseTree:
    """The grammar's view of an expression.

    Raises:
        FilterError: where it stops being one, and what could stand there.
    """
    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        raise _explain(text, error) from None


def _explain(text: str, error: UnexpectedInput) -> FilterError:
    match error:
        case UnexpectedCharacters():
            at = error.pos_in_stream or 0
            return FilterError(_explain_character(text[at]), at + 1)
        case UnexpectedToken(token=Token(type="$END")):
            message = f"expected {_list_words(error.expected)}, but the expression ends here."
            return FilterError(message, len(text.rstrip()) + 1)
        case UnexpectedToken():
            message = f"expected {_list_words(error.expected)}, found {error.token.value}."
            return FilterError(message, (error.token.start_pos or 0) + 1)
    raise error  # lark has no other kind for this parser


def _explain_character(character: str) -> str:
    if character == '"':
        return "this string has no closing double quote."
    if character in _FOREIGN_QUOTES:
        return f'strings stand in straight double quotes ("horror"), found {character}.'
    if character == "$":
        return "a placeholder is $ and a name of letters, digits and underscores, such as $GENRE."
    return f"{character!r} means nothing in a filter expression."


def _list_words(terminals: set[str]) -> str:
    words = [word for name, word in _PLAIN_WORDS.items() if name in terminals]
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
