"""JSONata of the release gate: lists of reasons why a version must not serve; empty when it may."""

from __future__ import annotations

FLOORS = """[$each($job.Gate.Minimum, function($floor, $metric) {
    $exists($lookup($metrics, $metric))
        ? ($lookup($metrics, $metric) < $floor
            ? $metric & ' ' & $lookup($metrics, $metric) & ' is below the floor ' & $floor)
        : $metric & ' is missing'
})]"""
"""Absolute floors; a metric that the version lacks holds it."""

DROP = """($serving = '' or $not($exists($job.Gate.MaximumDrop)) ? [] : (
    $new := $lookup($metrics, $job.Gate.Metric);
    $old := $lookup($servingMetrics, $job.Gate.Metric);
    $exists($new) and $exists($old)
        ? ($new < $old * (1 - $job.Gate.MaximumDrop)
            ? [$job.Gate.Metric & ' fell from ' & $old & ' to ' & $new] : [])
        : [$job.Gate.Metric & ' is missing for the candidate or the serving version']
))"""
"""Relative drop against the serving version."""
