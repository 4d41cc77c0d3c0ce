"""DuckDB's SQL in Athena's dialect and back: equal results, or a finding that names what does not survive."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from tastemaker.data.database import open_database
from tastemaker.data.portable import check_portability
from tastemaker.data.sources import open_sources
from tastemaker.model.load import load_project
from tastemaker.plan.athena_sql import NotPortableError, translate_back, translate_sql
from tests.support.athena_shop import INTERACTIONS, PROJECT, write_athena_shop
from tests.support.project_files import read_project

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = """CREATE TABLE t AS SELECT 'User ' || (n % 7) AS who, 'i' || lpad(CAST(n % 5 AS VARCHAR), 3, '0') AS what,
1_700_000_000 + n * 3_601 AS seen, CAST(to_timestamp(1_700_000_000 + n * 3_601) AS TIMESTAMP) AS moment,
CASE WHEN n % 3 > 0 THEN n / 4 END AS price, 'a|b' || (n % 2) || '|c' AS tags, '{"kind": "k' || (n % 2) || '"}' AS body
FROM range(60) numbers (n)"""
COLUMNS = {"who", "what", "seen", "moment", "price", "tags", "body"}
EXPRESSIONS = """
upper(who); lower(who); length(who); trim('  ' || who); ltrim(who, 'U'); replace(who, 'ser', 'x'); reverse(who)
substr(who, 2, 3); substring(who, 1, 4); left(who, 2); right(who, 2); strpos(who, 's')
starts_with(who, 'User 1'); concat(who, '-', what); who || what; concat_ws('-', who, what); lpad(what, 8, '*')
rpad(what, 8, '*'); split_part(tags, '|', 2); regexp_matches(who, '[0-3]$'); regexp_replace(what, '[0-9]+', 'n')
regexp_extract(what, '([0-9])$', 1); chr(65); translate(who, 'Us', 'uS'); nullif(what, 'i001')
coalesce(price, 0); ifnull(price, 1); greatest(seen, 5); least(seen, 5)
CASE WHEN price > 3 THEN 'dear' ELSE 'cheap' END; IF(price > 3, 1, 0); price IS NULL; who LIKE 'User%'
what IN ('i001', 'i002'); abs(price - 5); round(price, 1); floor(price); ceil(price); sqrt(seen)
power(price, 2); mod(seen, 7); seen % 7; ln(seen); sign(price - 3); exp(0); seen // 3600; price / 2
CAST(price AS BIGINT); price::VARCHAR; TRY_CAST(what AS INTEGER); seen::DOUBLE; CAST(epoch(moment) AS BIGINT)
year(moment); month(moment); day(moment); hour(moment); date_trunc('day', moment); CAST(moment AS DATE)
strftime(moment, '%Y-%m'); moment + INTERVAL 1 DAY; date_diff('day', TIMESTAMP '2023-11-14', moment)
EXTRACT(year FROM moment); to_timestamp(seen) IS NULL; md5(who) IS NULL; json_extract_string(body, '$.kind')
TIMESTAMP '2024-01-01 00:00:00' < moment; seen BETWEEN 5 AND 1700010000
list_contains(string_split(tags, '|'), 'b0'); array_to_string(string_split(tags, '|'), '+')
string_split(tags, '|')[1]; len(what)
"""
QUERIES = """
SELECT who, count(*) AS n, count(DISTINCT what) AS k FROM t GROUP BY who
SELECT lower(who) AS w, max(seen) AS newest, min(seen) AS oldest FROM t GROUP BY w HAVING newest > 1700000000
SELECT who, round(sum(price), 2) AS total, round(avg(price), 2) AS mean FROM t WHERE price IS NOT NULL GROUP BY 1
SELECT who, string_agg(DISTINCT what, '|' ORDER BY what) AS whats FROM t GROUP BY who
SELECT who, arg_max(what, seen) AS latest FROM t GROUP BY who
SELECT who, what, row_number() OVER (PARTITION BY who ORDER BY seen) AS place FROM t
SELECT who, what FROM t QUALIFY row_number() OVER (PARTITION BY who ORDER BY seen DESC) = 1
SELECT who, lag(seen) OVER (PARTITION BY who ORDER BY seen) AS before FROM t
WITH dear AS (SELECT * FROM t WHERE price > 5) SELECT who, what FROM dear
SELECT a.who, b.what FROM t a JOIN t b ON a.seen = b.seen LEFT JOIN t c ON c.seen = a.seen + 3601
SELECT who FROM t WHERE what IN (SELECT what FROM t WHERE price > 9)
SELECT who FROM t UNION ALL SELECT what FROM t
SELECT DISTINCT who, what FROM t
SELECT what, count(*) FILTER (price > 3) AS dear FROM t GROUP BY what
SELECT who, seen FROM t WHERE seen >= $since AND seen < $until
SELECT who, bool_or(price > 9) AS rich, count_if(price > 3) AS often FROM t GROUP BY who
""".strip().splitlines()
EXAMPLES = sorted(Path("examples").glob("*/sql/*.sql"))
LACKING = {Path("examples/retail/sql/items.sql"): "MODE()", Path("examples/retail/sql/users.sql"): "MODE()"}
"""Those that ask for what Athena has not."""
FOREIGN = {
    "SELECT mode(what) AS m FROM t": "the function MODE(), which Athena lacks",
    "SELECT median(price) AS m FROM t": "the function PERCENTILE_CONT(), which Athena lacks",
    "SELECT who FROM t GROUP BY ALL": "GROUP BY ALL",
    "SELECT * EXCLUDE (who) FROM t": "SELECT * with EXCLUDE or REPLACE",
    "SELECT COLUMNS('w.*') FROM t": "the function COLUMNS(), which Athena lacks",
    "PIVOT t ON who USING sum(price)": "PIVOT unsupported",
}


def _flatten(text: str) -> list[str]:
    return [part.strip() for line in text.strip().splitlines() for part in line.split(";")]


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(TABLE)
    yield connection
    connection.close()


def _both(database: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[object], list[object]]:
    """Sorted rows of the SQL, and of its translation to Athena and back."""
    window = {"since": 1_700_003_000, "until": 1_700_090_000}
    back = translate_back(translate_sql(sql, COLUMNS), **window)
    ours = database.execute(sql, window if "$since" in sql else {}).fetchall()
    return sorted(ours, key=str), sorted(database.execute(back).fetchall(), key=str)


@pytest.mark.parametrize("expression", _flatten(EXPRESSIONS))
def test_an_expression_survives_the_way_to_athena_and_back(
    database: duckdb.DuckDBPyConnection, expression: str
) -> None:
    ours, theirs = _both(database, f"SELECT seen, {expression} AS found FROM t")
    assert (len(ours), theirs) == (60, ours)


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_survives_the_way_to_athena_and_back(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    ours, theirs = _both(database, sql)
    assert theirs == ours


@pytest.mark.parametrize("path", EXAMPLES, ids=str)
def test_the_sql_of_an_example_gives_the_same_rows_or_is_refused(tmp_path: Path, path: Path) -> None:
    project = load_project(path.parent.parent)
    sql = path.read_text(encoding="utf-8")
    with open_database() as database:
        assert open_sources(database, project, tmp_path) == []
        described = [database.execute(f"DESCRIBE {name}").fetchall() for name in project.sources]
        columns = {str(column[0]) for table in described for column in table}
        if path in LACKING:
            with pytest.raises(NotPortableError, match=re.escape(LACKING[path])):
                translate_sql(sql, columns)
            return
        back = translate_back(translate_sql(sql, columns), 0, 1)
        one, other = (f"SELECT count(*) FROM (({a}\n) EXCEPT ALL ({b}\n))" for a, b in ((sql, back), (back, sql)))
        assert database.execute(f"SELECT count(*) > 1_000 FROM ({sql}\n)").fetchall() == [(True,)]
        assert database.execute(f"{one} UNION ALL {other}").fetchall() == [(0,), (0,)]


@pytest.mark.parametrize(("sql", "named"), FOREIGN.items())
def test_what_athena_lacks_is_named(sql: str, named: str) -> None:
    with pytest.raises(NotPortableError) as caught:
        translate_sql(sql, COLUMNS)
    assert named in caught.value.args[0]


def test_a_window_is_open_in_the_translation() -> None:
    assert "seen >= <since> AND seen < <until>" in translate_sql(QUERIES[-2], COLUMNS)


def test_a_good_project_has_no_findings(tmp_path: Path) -> None:
    write_athena_shop(tmp_path)
    assert check_portability(read_project(tmp_path, PROJECT), tmp_path / "out") == []


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (INTERACTIONS.replace("what AS ITEM_ID", "mode(what) AS ITEM_ID"), "the function MODE(), which Athena lacks"),
        (
            INTERACTIONS.replace("CAST(seen AS BIGINT) <", "seen + 1 <"),
            "over the tables that Athena has, the SQL fails",
        ),
    ],
)
def test_sql_that_is_not_portable_is_a_finding(tmp_path: Path, sql: str, message: str) -> None:
    write_athena_shop(tmp_path)
    (tmp_path / "interactions.sql").write_text(sql)
    (found,) = check_portability(read_project(tmp_path, PROJECT), tmp_path / "out")
    assert (found.file, found.rule, message in found.message) == (
        str(tmp_path / "interactions.sql"), "sql-not-portable", True,
    )  # fmt: skip


def test_a_sample_that_lacks_a_column_of_its_table_is_a_finding(tmp_path: Path) -> None:
    write_athena_shop(tmp_path)
    wrong = PROJECT.replace("columns: {id: string", "columns: {code: string, id: string")
    (found,) = check_portability(read_project(tmp_path, wrong), tmp_path / "out")
    assert (found.line, found.column, found.rule, '"code"' in found.message) == (14, 5, "athena-table", True)
