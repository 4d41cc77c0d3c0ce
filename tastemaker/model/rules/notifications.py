"""Addresses that SNS cannot send to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _check(declaration: Declaration) -> Iterator[Violation]:
    for address in declaration.project.notifications.email:
        if _EMAIL.fullmatch(address) is None:
            yield Violation(("notifications", "email"), f"`{address}` is no email address", "Write name@example.com.")


RULE = Rule("notification-email", "Messages go to email addresses.", "API, SNS Subscribe", _check)
