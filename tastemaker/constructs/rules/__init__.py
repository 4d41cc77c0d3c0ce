"""Rules for every CDK app that uses Amazon Personalize: `Validations.of(app).add_plugins(PersonalizeRules())`."""

from tastemaker.constructs.rules.pack import PersonalizeRules, find_violations

__all__ = ["PersonalizeRules", "find_violations"]
