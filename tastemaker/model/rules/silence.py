"""`silence` names a rule that does not exist, or one that nothing can follow without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.model.data_rules import DATA_RULES
from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def build_silence_rule(others: Sequence[Rule]) -> Rule:
    """The rule about `silence`, which has to know all other rules."""
    known = [*(rule.id for rule in others if rule.silenceable), *DATA_RULES]

    def check(declaration: Declaration) -> Iterator[Violation]:
        for name in declaration.project.silence:
            if name not in known:
                message = f"`{name}` is no rule that can be silenced"
                yield Violation(("silence", name), message, build_hint(name, known, "Possible"), at_key=True)

    return Rule("silence-unknown-rule", "Only known rules are silenced, with a reason.", "our own", check)
