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
        Grade.ABSENT,
        "`cloudwatch:PutMetricData` of the role is not checked; its right to write the report to S3 is",
        "Developer Guide, metric-attribution-requirements",
    ),
)
"""Statements for the page."""
