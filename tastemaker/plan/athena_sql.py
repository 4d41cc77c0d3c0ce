"""The datasets' SQL for Amazon Athena: DuckDB's dialect into Trino's, by sqlglot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tastemaker.errors import TastemakerError
from tastemaker.facts.athena import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import ModuleType

    from tastemaker.model.datasets import Dataset

SINCE, UNTIL = "<since>", "<until>"
"""What stands for `$since` and `$until` until a run knows them: Athena's own parameters have no names."""

_ALIASES_REACH = ("where", "having", "qualify")
_SHOWN = re.compile(r"\s+")
_TEXT = "translate(CAST({column} AS VARCHAR), '\"\\', '''/')"
_WHOLE = "CAST({column} AS BIGINT)"


class NotPortableError(Exception):
    """The SQL means nothing, or something else, to Athena; `args[0]` names the construct, `args[1]` what to do."""


def load_sqlglot() -> ModuleType:
    """The translator, which only projects with Athena need.

    Raises:
        TastemakerError: it is not installed.
    """
    try:
        import sqlglot
    except ImportError as error:
        raise TastemakerError("Athena needs sqlglot: pip install 'tastemaker[athena]'") from error
    return sqlglot


def translate_sql(sql: str, columns: Collection[str]) -> str:
    """One SELECT of DuckDB as Athena takes it; `$since` and `$until` become SINCE and UNTIL.

    Args:
        sql: in DuckDB's dialect.
        columns: of all sources.

    Raises:
        NotPortableError: it cannot be translated.
    """
    sqlglot = load_sqlglot()
    try:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise NotPortableError(f"what sqlglot cannot read: {_shorten(str(error))}", "Write it more plainly.") from error
    known = {name.lower() for name in columns}
    for select in tree.find_all(sqlglot.exp.Select):
        _spell_out_aliases(sqlglot, select, known)
    if any(star.args.get("except_") or star.args.get("replace") for star in tree.find_all(sqlglot.exp.Star)):
        raise NotPortableError("SELECT * with EXCLUDE or REPLACE", "Name the columns.")
    for place in list(tree.find_all(sqlglot.exp.Placeholder, sqlglot.exp.Parameter)):
        place.replace(sqlglot.exp.Var(this={"since": SINCE, "until": UNTIL}[place.name]))
    try:
        text: str = tree.sql(dialect="athena", unsupported_level=sqlglot.ErrorLevel.RAISE, comments=False)
    except sqlglot.errors.UnsupportedError as error:
        raise NotPortableError(_shorten(str(error)), "Write it in another way.") from error
    for name in _find_calls(sqlglot, text):
        if name.lower() not in FUNCTIONS:
            raise NotPortableError(f"the function {name}(), which Athena lacks", "Use a function that both have.")
    return text


def translate_back(text: str, since: int, until: int) -> str:
    """Athena's SQL in DuckDB's dialect, for one window."""
    bound = text.replace(SINCE, str(since)).replace(UNTIL, str(until))
    back: str = load_sqlglot().transpile(bound, read="athena", write="duckdb", identify=True)[0]
    return back


def list_tables(text: str, known: Collection[str]) -> list[str]:
    """Tables among the known ones that Athena's SQL reads; one that it reads twice stands there twice.

    Args:
        text: of `translate_sql`.
    """
    bound = text.replace(SINCE, "0").replace(UNTIL, "0")
    tree = load_sqlglot().parse_one(bound, dialect="athena")
    read = [table.name.lower() for table in tree.find_all(load_sqlglot().exp.Table)]
    return [name for name in known for _ in range(read.count(name.lower()))]


def build_export(dataset: Dataset, sql: str) -> str:
    """DuckDB's SELECT of the schema's columns that Athena's CSV can carry.

    Athena doubles a quotation mark inside quotes and escapes no backslash, and Amazon Personalize reads the opposite:
    in text an apostrophe and a slash stand for them. Whole numbers must not come as 1.7E9.
    """
    columns = [_build_column(name, field.type) for name, field in dataset.schema_fields.items()]
    return f"SELECT {', '.join(columns)}\nFROM (\n{sql}\n) AS prepared"


def _build_column(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    form = {"string": _TEXT, "int": _WHOLE, "long": _WHOLE}.get(kind, "{column}")
    return f"{form.format(column=column)} AS {column}"


def _spell_out_aliases(sqlglot: Any, select: Any, known: Collection[str]) -> None:
    """DuckDB knows the names of results in GROUP BY and conditions; Trino knows them in ORDER BY alone."""
    exp = sqlglot.exp
    aliases = {
        projection.alias.lower(): (at, projection.this)
        for at, projection in enumerate(select.expressions, start=1)
        if isinstance(projection, exp.Alias) and projection.alias.lower() not in known
    }
    group = select.args.get("group")
    if group is not None and group.args.get("all"):
        raise NotPortableError("GROUP BY ALL", "Name the columns.")
    for part in [] if group is None else group.expressions:
        if isinstance(part, exp.Column) and not part.table and part.name.lower() in aliases:
            part.replace(exp.Literal.number(aliases[part.name.lower()][0]))
    for place in _ALIASES_REACH:
        for column in _columns_of(exp, select.args.get(place)):
            if not column.table and column.name.lower() in aliases:
                column.replace(exp.paren(aliases[column.name.lower()][1].copy()))


def _columns_of(exp: Any, part: Any) -> list[Any]:
    return [] if part is None else list(part.find_all(exp.Column))


def _find_calls(sqlglot: Any, text: str) -> Iterator[str]:
    """Names before an opening parenthesis that are no words of the language."""
    kinds = sqlglot.tokens.TokenType
    tokens = sqlglot.Dialect.get_or_raise("athena").tokenize(text)
    for before, token, after in zip([None, *tokens], tokens, tokens[1:], strict=False):
        is_alias = before is not None and before.token_type is kinds.ALIAS
        if token.token_type is kinds.VAR and after.token_type is kinds.L_PAREN and not is_alias:
            yield token.text


def _shorten(text: str) -> str:
    return _SHOWN.sub(" ", text.splitlines()[0])[:120]
