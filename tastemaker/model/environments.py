"""What differs from one environment to the next: an overlay of the project, part by part."""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

import re
from typing import Annotated, Any

from pydantic import Field

from tastemaker.model.declared import Declared
from tastemaker.model.deploy import Deploy
from tastemaker.model.existing import ExistingNames
from tastemaker.model.operations import Consent, Notifications, Traffic
from tastemaker.model.preparation import Preparation
from tastemaker.model.schedules import Schedules

ENVIRONMENT_NAME = re.compile(r"[a-z][a-z0-9]{0,7}")


class CampaignCapacity(Declared):
    min_provisioned_tps: Annotated[int, Field(ge=1)] = 1


class RecommenderCapacity(Declared):
    min_recommendation_requests_per_second: Annotated[int, Field(ge=1)] = 1


class Environment(Declared):
    """Only what is written here replaces what the project says; mappings are merged key by key, lists are not.

    Attributes:
        campaigns, recommenders: key of the project's own to its capacity in this environment.
    """

    deploy: Deploy = Field(default_factory=Deploy)
    prepare: Preparation = Field(default_factory=Preparation)
    schedules: Schedules = Field(default_factory=Schedules)
    campaigns: dict[str, CampaignCapacity] = Field(default_factory=dict)
    recommenders: dict[str, RecommenderCapacity] = Field(default_factory=dict)
    consent: Consent = Field(default_factory=Consent)
    notifications: Notifications = Field(default_factory=Notifications)
    tags: dict[str, str | None] = Field(default_factory=dict)
    names: ExistingNames = Field(default_factory=ExistingNames)
    traffic: Traffic = Field(default_factory=Traffic)
    budget: Annotated[float, Field(gt=0, strict=False)] | None = None


def overlay(base: Any, over: Any) -> Any:
    """The base with every value that the overlay writes, null and false included.

    A key of a mapping that the base lacks is taken over only where its value is complete by itself; a capacity without
    a campaign is not, and a rule reports it.
    """
    if isinstance(base, Declared) and isinstance(over, Declared):
        written = {name: overlay(getattr(base, name), getattr(over, name)) for name in over.model_fields_set}
        return base.model_copy(update=written)
    if isinstance(base, dict) and isinstance(over, dict):
        known = {key: overlay(base.get(key), value) for key, value in over.items() if key in base or _whole(value)}
        return {**base, **known}
    return over


def _whole(value: Any) -> bool:
    return not isinstance(value, (CampaignCapacity, RecommenderCapacity))
