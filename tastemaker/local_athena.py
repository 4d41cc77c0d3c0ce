"""A local Amazon Athena: moto keeps workgroups and executions, DuckDB runs the queries over the project's own files.

A query arrives in Athena's dialect and is translated back, so that what is tried out is the text that is deployed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb

from tastemaker.data.athena_tables import open_tables
from tastemaker.data.database import open_database
from tastemaker.data.dialect import quote_text
from tastemaker.data.local_copy import CopyFailedError, fetch_file
from tastemaker.facts.athena import count_billed_bytes
from tastemaker.facts.prices import PRICES, TERABYTE
from tastemaker.plan.athena_sql import list_tables, load_sqlglot, translate_back

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.aws import Boto3Caller
    from tastemaker.facts.prices import Prices
    from tastemaker.plan.specs import PreparationSpec

_RESULT = "(FORMAT csv, HEADER true, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NULLSTR '', FORCE_QUOTE *)"
"""Athena quotes every value and doubles quotation marks; a null stays empty. Source: Athena user guide, "Work with
query results and recent queries".
"""


class LocalAthena:
    """Answers what `import-data` asks Athena; everything else goes on to moto.

    Args:
        others: moto.
        spec: the tables, and the files that stand for them.
        folder: for copies of samples that lie in S3.

    Attributes:
        billed_bytes: of all queries that succeeded, as Athena bills them; failed ones are free.
    """

    def __init__(self, others: Boto3Caller, spec: PreparationSpec, folder: Path) -> None:
        self._others, self._spec, self._folder = others, spec, folder
        self._failures: dict[str, str] = {}
        self.billed_bytes = 0

    def report_usd(self, prices: Prices = PRICES) -> float:
        """US dollars that Athena would have billed so far."""
        return self.billed_bytes / TERABYTE * prices.athena_per_terabyte

    def provision(self, bucket: str) -> None:
        """What CloudFormation makes on AWS: the workgroup."""
        location = {"ResultConfiguration": {"OutputLocation": f"s3://{bucket}/athena/"}}
        self._others.call("athena", "CreateWorkGroup", {"Name": self._spec.work_group, "Configuration": location})

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """See `AwsCaller`."""
        if (service, operation) == ("athena", "StartQueryExecution"):
            return self._start(params)
        answer = self._others.call(service, operation, params)
        if (service, operation) == ("athena", "GetQueryExecution"):
            self._tell_failure(answer["QueryExecution"])
        return answer

    def _start(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The workgroup decides where the result goes."""
        group = self._others.call("athena", "GetWorkGroup", {"WorkGroup": params["WorkGroup"]})["WorkGroup"]
        results = {"OutputLocation": group["Configuration"]["ResultConfiguration"]["OutputLocation"]}
        answer = self._others.call("athena", "StartQueryExecution", {**params, "ResultConfiguration": results})
        name = answer["QueryExecutionId"]
        bucket, prefix = urlsplit(results["OutputLocation"]).netloc, urlsplit(results["OutputLocation"]).path.strip("/")
        try:
            body = self._run(str(params["QueryString"]))
            self.billed_bytes += count_billed_bytes(self._measure(str(params["QueryString"])))
        except (duckdb.Error, CopyFailedError, load_sqlglot().errors.SqlglotError) as error:
            self._failures[name] = str(error).splitlines()[0]
            return answer
        for suffix, content in ((".csv", body), (".csv.metadata", b"\x08")):
            self._others.call("s3", "PutObject", {"Bucket": bucket, "Key": f"{prefix}/{name}{suffix}", "Body": content})
        return answer

    def _run(self, query: str) -> bytes:
        with open_database() as database, tempfile.TemporaryDirectory(prefix="tastemaker-") as folder:
            open_tables(database, self._spec.tables, self._spec.samples, Path(), self._folder)
            target = Path(folder) / "result.csv"
            rows = translate_back(query, since=0, until=0)
            database.execute(f"COPY ({rows}) TO {quote_text(str(target))} {_RESULT}")
            return target.read_bytes()

    def _measure(self, query: str) -> int:
        """Bytes of the files that a query reads, each as often as it reads it."""
        read = list_tables(query, self._spec.tables)
        return sum(fetch_file(self._spec.samples[name], Path(), self._folder).stat().st_size for name in read)

    def _tell_failure(self, execution: dict[str, Any]) -> None:
        reason = self._failures.get(execution["QueryExecutionId"])
        if reason is not None:
            execution["Status"] |= {"State": "FAILED", "StateChangeReason": reason}
