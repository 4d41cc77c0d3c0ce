"""Versions of the tools around the CDK. Source: the packages' own metadata, measured in November 2026."""

from __future__ import annotations

from typing import Final

OLDEST_CDK_CLI: Final = (2, 1148, 0)
"""aws-cdk-lib 2.275 needs it."""
ACCIDENTAL_CDK_CLI: Final = (3, 0, 0)
"""Published on npm by accident; no other 3 is known."""
NODE_MAJORS: Final = (22, 24)
"""That jsii is made for; others warn."""
