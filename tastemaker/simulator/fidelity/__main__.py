"""Prints the page: `python -m tastemaker.simulator.fidelity > docs/fidelity.md`."""

from __future__ import annotations

import sys

from tastemaker.simulator.fidelity.page import build_page

if __name__ == "__main__":
    sys.stdout.write(build_page())
