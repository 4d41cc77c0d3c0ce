"""What a search for hyperparameters may try: `hpoConfig` of the API, word for word.

`hpoObjective` has no key: the service chooses its objective itself. Source: developer guide,
customizing-solution-config-hpo.
"""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

from typing import Annotated

from pydantic import Field

from tastemaker.model.declared import ApiText, Declared

WholeText = Annotated[ApiText, Field(pattern=r"^[1-9]\d*$")]


class IntegerRange(Declared):
    """Whole numbers, both ends included."""

    name: str
    min_value: int
    max_value: int


class ContinuousRange(Declared):
    """Numbers, both ends included."""

    name: str
    min_value: float
    max_value: float


class CategoricalRange(Declared):
    name: str
    values: Annotated[tuple[ApiText, ...], Field(strict=False, min_length=1)]


class HyperparameterRanges(Declared):
    """What is not named keeps its value; without any range the recipe's published ones are searched."""

    integer_hyper_parameter_ranges: Annotated[tuple[IntegerRange, ...], Field(strict=False)] = ()
    continuous_hyper_parameter_ranges: Annotated[tuple[ContinuousRange, ...], Field(strict=False)] = ()
    categorical_hyper_parameter_ranges: Annotated[tuple[CategoricalRange, ...], Field(strict=False)] = ()


class SearchResources(Declared):
    """Each job is a training, billed like one; the last one, with the result, comes on top."""

    max_number_of_training_jobs: WholeText | None = None
    max_parallel_training_jobs: WholeText | None = None


class HpoConfig(Declared):
    hpo_resource_config: SearchResources | None = None
    algorithm_hyper_parameter_ranges: HyperparameterRanges | None = None
