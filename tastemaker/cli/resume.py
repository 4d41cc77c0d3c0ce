"""`tastemaker resume`: what `pause` took away is back, with the versions that served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tastemaker.cli.pause import show_outcomes
from tastemaker.cli.pausing import ask_consent, pausing_options, price_target
from tastemaker.cli.report import print_json
from tastemaker.cli.screen import err, out

if TYPE_CHECKING:
    from tastemaker.cli.pausing import Target


@click.command("resume")
@pausing_options
def command(target: Target, *, yes: bool, wait: bool, as_json: bool) -> None:
    """Create the campaigns again with the versions that served before, and start the recommenders."""
    price = round(sum(line.idle_usd for line in price_target(target.project, target.plan)), 2)
    if not target.paused_since:
        told: dict[str, Any] = {"status": "UNCHANGED", "execution": None, "serving": []}
        err().print("Serving is not paused; nothing to do.")
    else:
        err().print(f"Serving is paused since {target.paused_since}. It will cost about ${price:,.2f} a month again.")
        ask_consent("Resume?", yes=yes, as_json=as_json)
        told = target.run("resume", wait=wait)
    if as_json:
        print_json({**told, "paused_since": target.paused_since, "costs_usd_a_month": price})
    elif told["serving"]:
        show_outcomes(out(), told["serving"])
