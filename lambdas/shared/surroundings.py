"""The context map of a request: columns of the Interactions schema that say under which circumstances it was made.

Each column is filled from the query (`context.<COLUMN>=…`), else from what the request's headers say.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .checks import is_unicode
from .http import header, now_seconds, query_parameter
from .problem import bad_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

PREFIX = "context."
MAX_VALUE_LENGTH = 1000
"""Source: API reference, shape Context."""
_ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9_+-]{1,30}){0,2}")
_SEASONS = ("winter", "spring", "summer", "autumn")
SOUTHERN_COUNTRIES = frozenset({
    "AO", "AR", "AU", "BI", "BO", "BR", "BW", "CL", "EC", "FJ", "ID", "LS", "MG", "MU", "MW", "MZ", "NA",
    "NC", "NZ", "PE", "PF", "PG", "PY", "RE", "RW", "SZ", "TL", "TZ", "UY", "VU", "WS", "ZA", "ZM", "ZW",
})  # fmt: skip
"""ISO 3166 codes of countries of which most lies south of the equator."""
_DEVICE_HEADERS = (
    ("cloudfront-is-tablet-viewer", "tablet"),
    ("cloudfront-is-mobile-viewer", "mobile"),
    ("cloudfront-is-smarttv-viewer", "tv"),
    ("cloudfront-is-desktop-viewer", "desktop"),
)


def request_context(event: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, str]:
    """Column to value; a column about which nothing is known is left out.

    Args:
        settings: `context` maps each column to its source: `device`, `country`, `hour`, `weekday`, `season`, or `query`
            for one that only the caller knows; `timeZone` is used when the request names none.

    Raises:
        ProblemError: 400, a value in the query cannot be sent, or the time zone does not exist.
    """
    columns: Mapping[str, str] = settings.get("context", {})
    for name in event.get("queryStringParameters") or {}:
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in columns:
            raise bad_parameter(f"This route has no context column {name.removeprefix(PREFIX)[:40]!r}.")
    found = {column: _value(event, settings, column, source) for column, source in columns.items()}
    return {column: value for column, value in found.items() if value}


def _value(event: Mapping[str, Any], settings: Mapping[str, Any], column: str, source: str) -> str:
    given = query_parameter(event, f"{PREFIX}{column}")
    if given is None:
        return "" if source == "query" else _SOURCES[source](event, settings)
    if not given or len(given) > MAX_VALUE_LENGTH or not is_unicode(given):
        raise bad_parameter(f"{PREFIX}{column} must have 1 to {MAX_VALUE_LENGTH} characters.")
    return given


def _device(event: Mapping[str, Any], _settings: Mapping[str, Any]) -> str:
    """CloudFront's answer, else the browser's own hint, else the user agent's; empty when nobody says."""
    for name, device in _DEVICE_HEADERS:
        if header(event, name) == "true":
            return device
    hint = header(event, "sec-ch-ua-mobile")
    if hint in ("?0", "?1"):
        return "mobile" if hint == "?1" else "desktop"
    agent = header(event, "user-agent")
    if "iPad" in agent or ("Android" in agent and "Mobile" not in agent):
        return "tablet"
    if "Mobi" in agent:
        return "mobile"
    return "desktop" if re.search("Windows NT|Macintosh|X11|CrOS", agent) else ""


def _country(event: Mapping[str, Any], _settings: Mapping[str, Any]) -> str:
    code = header(event, "cloudfront-viewer-country").upper()
    return code if re.fullmatch("[A-Z]{2}", code) else ""


def _hour(event: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    return str(_local_time(event, settings).hour)


def _weekday(event: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    return ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")[
        _local_time(event, settings).weekday()
    ]


def _season(event: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Meteorological: winter is December to February, south of the equator June to August."""
    place = _local_time(event, settings).month % 12 // 3
    return _SEASONS[(place + 2) % 4 if _country(event, settings) in SOUTHERN_COUNTRIES else place]


_SOURCES: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]] = {
    "device": _device,
    "country": _country,
    "hour": _hour,
    "weekday": _weekday,
    "season": _season,
}


def _local_time(event: Mapping[str, Any], settings: Mapping[str, Any]) -> datetime:
    given = query_parameter(event, "timeZone")
    if given is not None:
        zone = _zone(given)
        if zone is None:
            raise bad_parameter("timeZone must be the IANA name of a time zone, such as Europe/Berlin.")
    else:
        zone = _zone(header(event, "cloudfront-viewer-time-zone")) or _zone(settings.get("timeZone", "")) or UTC
    return datetime.fromtimestamp(now_seconds(event), zone)


@lru_cache(maxsize=128)
def _zone(name: str) -> tzinfo | None:
    """The zone with this IANA name; None when there is none."""
    if _ZONE_NAME.fullmatch(name) is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _packed_zone(name)


def _packed_zone(name: str) -> tzinfo | None:
    """From the database that comes with botocore's own dependency: a Lambda image need not have the system's."""
    from dateutil.zoneinfo import get_zonefile_instance  # type: ignore[import-untyped]

    zone: tzinfo | None = get_zonefile_instance().get(name)
    return zone
