"""JSONata of capacity: the windows of traffic, what it asks for, and what is done about it."""

from __future__ import annotations

POINTS = 12
"""Five-minute periods in an hour."""

WINDOWS = """(
    $hour := 3600000;
    $now := $floor($millis() / 300000) * 300000;
    $map([
        {'Which': 'past', 'Start': $now - 168 * $hour},
        {'Which': 'past', 'Start': $now - 336 * $hour},
        {'Which': 'recent', 'Start': $now - $hour}
    ], function($window) {{
        'Which': $window.Which, 'From': $fromMillis($window.Start), 'To': $fromMillis($window.Start + $hour)
    }})
)"""
"""The coming hour of the last two weeks, that is the same hour of the week, and the hour that has just gone."""

_HELPERS = f"""
    $percentile := function($which) {{(
        $found := $windows[Which = $which];
        $values := $reverse($sort([$found.Requests]));
        $total := {POINTS} * $count($found);
        $above := $total - $ceil($target.Percentile / 100 * $total);
        $above < $count($values) ? $values[$above] : 0
    )}};
    $rate := $max([$percentile('past'), $percentile('recent')]) / 300;
"""
"""Periods without a data point count as zeros, which stand behind all values when these fall."""

DECISION = f"""(
    {_HELPERS}
    $asked := $exists($target.Wanted) ? $target.Wanted : $ceil($rate * (1 + $target.Headroom));
    $least := $max([$target.Minimum, $leastTps]);
    $min([$target.Maximum, $max([$least, $asked])])
)"""

ACTION = """(
    $wanted > $current ? 'RAISE'
    : $wanted = $current ? 'KEEP'
    : $exists($target.Wanted) ? 'LOWER'
    : $wanted < $current * (1 - $target.Hysteresis) ? 'LOWER' : 'KEEP'
)"""

TEXT = f"""(
    {_HELPERS}
    $from := $exists($target.Wanted) ? 'the schedule wants ' & $target.Wanted
        : 'percentile ' & $target.Percentile & ' of the requests a second is ' & $round($percentile('past') / 300, 2)
            & ' at this hour of the last two weeks and ' & $round($percentile('recent') / 300, 2)
            & ' in the last hour; with ' & $round($target.Headroom * 100) & ' % headroom that asks for '
            & $ceil($rate * (1 + $target.Headroom));
    $from & '; allowed are ' & $target.Minimum & ' to ' & $target.Maximum
        & ($leastTps > 0 ? '; a schedule keeps it at ' & $leastTps & ' or more for now' : '')
        & '; it has ' & $current & ', wanted is ' & $wanted
)"""
