"""What metric attributions decided where the documentation is silent."""

from __future__ import annotations

from typing import Final

from tastemaker.simulator.fidelity.record import Fidelity, Grade

FIDELITY: Final = (
    Fidelity(
        "Metric attribution",
        "namespace and dimensions in CloudWatch",
        Grade.APPROXIMATE,
        "`AWS/Personalize`; MetricAttributionArn, EventType, EventAttributionSource: unconfirmed, no public page names "
        "them",
        "not documented",
    ),
    Fidelity(
        "Metric attribution",
        "role for CloudWatch",
        Grade.APPROXIMATE,
        "without `cloudwatch:PutMetricData` the attribution is CREATE FAILED, with a reason of our wording",
        "Developer Guide, metric-attribution-requirements",
    ),
)
"""Statements for the page."""
