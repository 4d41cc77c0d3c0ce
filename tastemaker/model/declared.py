"""What all parts of the project file share: strict, frozen, every key in AWS's own spelling."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

_ACRONYMS = {"Tps": "TPS", "Hpo": "HPO"}


def build_api_word(attribute: str) -> str:
    """`min_provisioned_tps` to `minProvisionedTPS`: how the AWS API spells a member."""
    word = to_camel(attribute)
    for plain, acronym in _ACRONYMS.items():
        word = word.replace(plain, acronym)
    return word


class Declared(BaseModel):
    """A mapping of the project file.

    Absent, null and false are three different things: `model_fields_set` holds the attributes that were written,
    null included. Text is never read as a number or a boolean, nor the other way round.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=build_api_word, allow_inf_nan=False
    )

    def wrote(self, attribute: str) -> bool:
        """Whether the file sets this attribute, be it to null or false."""
        return attribute in self.model_fields_set


def _to_api_text(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


ApiText = Annotated[str, BeforeValidator(_to_api_text, json_schema_input_type=str | int | float | bool)]
"""Text in the API that reads as a number or boolean: 0.5, true and "true" may all be written without quotes."""

Name = Annotated[str, StringConstraints(min_length=1)]
"""Name of an AWS resource; its pattern and length are a rule, because they depend on the project's name."""
