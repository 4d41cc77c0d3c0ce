"""Experiments: which variants of a route callers meet, and in which shares."""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

from typing import Annotated, Literal

from pydantic import Field

from tastemaker.model.declared import Declared
from tastemaker.model.endpoints import ItemIds

ExperimentRoute = Literal["recommendations", "related", "popular", "trending", "ranking"]


class Variant(Declared):
    """What a share of the callers gets; exactly one of campaign, recommender and items is given.

    Attributes:
        campaign: key in `campaigns`.
        recommender: key in `recommenders`.
        items: a list without personalisation, best first; asks nobody and knows no filter.
        weight: share of the callers, relative to the other weights.
    """

    campaign: str | None = None
    recommender: str | None = None
    items: ItemIds | None = None
    weight: Annotated[float, Field(gt=0, le=1_000_000)] = 1


class Experiment(Declared):
    """Variants of one route.

    Attributes:
        route: key under `endpoints`.
        mode: `split` gives every user one variant; `interleave` mixes the lists of two variants in each answer.
        control: name of the variant that the others are compared with; the first one when absent.
        salt: another one assigns everybody anew; the experiment's name when absent.
        variants: name to declaration, in any order; the assignment depends on names and weights alone.
    """

    route: ExperimentRoute
    mode: Literal["split", "interleave"] = "split"
    control: str | None = None
    salt: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    variants: dict[str, Variant]

    @property
    def control_name(self) -> str:
        return next(iter(self.variants)) if self.control is None else self.control
