"""Prints the page: `python -m tastemaker.constructs.rules > docs/rules.md`."""

from __future__ import annotations

import sys

from tastemaker.constructs.rules.page import build_page

if __name__ == "__main__":
    sys.stdout.write(build_page())
