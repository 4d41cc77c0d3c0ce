"""What Amazon Athena (engine version 3, Trino) can do.

Source: Athena user guide, "Functions in Amazon Athena"; Trino documentation, "Functions and operators".
"""

from __future__ import annotations

import math
from typing import Final

_NAMES = """
    abs acos all_match any_match any_value approx_distinct approx_percentile arbitrary array array_agg
    array_distinct array_except array_intersect array_join array_max array_min array_position array_remove
    array_sort array_union arrays_overlap asin at_timezone atan atan2 avg bit_count bitwise_and bitwise_and_agg
    bitwise_left_shift bitwise_not bitwise_or bitwise_or_agg bitwise_right_shift bitwise_xor bool_and bool_or
    cardinality cast cbrt ceil ceiling char checksum chr coalesce codepoint combinations concat concat_ws contains
    contains_sequence corr cos cosh cosine_similarity count count_if covar_pop covar_samp crc32 cume_dist date
    date_add date_diff date_format date_parse date_trunc day day_of_month day_of_week day_of_year decimal degrees
    dense_rank dow doy e element_at every exp extract filter first_value flatten floor format format_datetime
    format_number from_base from_base64 from_hex from_iso8601_date from_iso8601_timestamp from_unixtime from_utf8
    geometric_mean greatest group hamming_distance histogram hour human_readable_seconds if infinity is_finite
    is_infinite is_nan json_array_contains json_array_get json_array_length json_exists json_extract
    json_extract_scalar json_format json_object json_parse json_query json_size json_value kurtosis lag
    last_day_of_month last_value lead least length levenshtein_distance listagg ln log log10 log2 lower lpad ltrim
    luhn_check map map_agg map_concat map_entries map_filter map_from_entries map_keys map_union map_values max
    max_by md5 millisecond min min_by minute mod month multimap_agg nan ngrams none_match normalize now nth_value
    ntile nullif parse_datetime percent_rank pi position pow power quarter radians rand random rank reduce
    regexp_count regexp_extract regexp_extract_all regexp_like regexp_position regexp_replace regexp_split
    regr_intercept regr_slope repeat replace reverse round row row_number rpad rtrim second sequence sha1 sha256
    sha512 shuffle sign sin sinh skewness slice soundex split split_part split_to_map sqrt starts_with stddev
    stddev_pop stddev_samp strpos substr substring sum tan tanh time timestamp to_base to_base64 to_char to_date
    to_hex to_iso8601 to_milliseconds to_timestamp to_unixtime to_utf8 transform transform_keys transform_values
    translate trim truncate try try_cast typeof unnest upper url_decode url_encode url_extract_fragment
    url_extract_host url_extract_parameter url_extract_path url_extract_port url_extract_protocol url_extract_query
    uuid var_pop var_samp varchar variance week week_of_year width_bucket with_timezone word_stem year year_of_week
    yow zip zip_with
"""
FUNCTIONS: Final = frozenset(_NAMES.split())
"""Functions, and words of the language that a parenthesis follows, in lower case."""

_MEGABYTE: Final = 10**6
LEAST_BILLED_BYTES: Final = 10 * _MEGABYTE
"""Of one query, however little it reads. Source: Athena pricing page."""


def count_billed_bytes(scanned_bytes: float) -> int:
    """Of one query that read so much: started megabytes, at least ten. Source: Athena pricing page."""
    return max(math.ceil(scanned_bytes / _MEGABYTE) * _MEGABYTE, LEAST_BILLED_BYTES)


MAX_COPIED_BYTES: Final = 5 * 2**30
"""S3 copies no larger object in one request. Source: S3 API reference, CopyObject."""
