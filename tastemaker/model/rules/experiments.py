"""Experiments that could not be carried out, or whose result could not be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tastemaker.model.rules.base import Declaration, Rule, Violation
from tastemaker.model.rules.endpoint_recipe_type import ROUTE_RECIPE_TYPES
from tastemaker.model.suggest import build_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tastemaker.model.experiments import Experiment, Variant

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MAX_NAME_LENGTH = 40
MIN_VARIANTS, MAX_VARIANTS = 2, 10
_OWNERS = {"campaign": "campaigns", "recommender": "recommenders"}


def _check_names(declaration: Declaration) -> Iterator[Violation]:
    for name, experiment in declaration.project.experiments.items():
        if not _is_name(name):
            yield Violation(("experiments", name), _name_message(name, "an experiment"), _NAME_HINT, at_key=True)
        for variant in experiment.variants:
            if not _is_name(variant):
                path = ("experiments", name, "variants", variant)
                yield Violation(path, _name_message(variant, "a variant"), _NAME_HINT, at_key=True)


_NAME_HINT = f"Use kebab-case of at most {MAX_NAME_LENGTH} characters, such as `new-recipe`."


def _is_name(name: str) -> bool:
    return NAME.fullmatch(name) is not None and len(name) <= MAX_NAME_LENGTH


def _name_message(name: str, what: str) -> str:
    return f"`{name}` cannot be the name of {what}"


def _check_routes(declaration: Declaration) -> Iterator[Violation]:
    taken: dict[str, str] = {}
    for name, experiment in declaration.project.experiments.items():
        path = ("experiments", name, "route")
        route = experiment.route
        if not declaration.declares("endpoints", route):
            hint = build_hint(route, [known for known, _ in declaration.project.endpoints.asking()], "Route")
            yield Violation(path, f"unknown route `{route}`", hint)
        elif route in taken:
            message = f"route `{route}` is already in experiment `{taken[route]}`"
            yield Violation(path, message, "Let one experiment end before the next one on this route begins.")
        taken.setdefault(route, name)


def _check_variants(declaration: Declaration) -> Iterator[Violation]:
    for name, experiment in declaration.project.experiments.items():
        path = ("experiments", name)
        names = declaration.names(*path, "variants")
        if not MIN_VARIANTS <= len(names) <= MAX_VARIANTS:
            message = f"experiment `{name}` has {len(names)} variant{'' if len(names) == 1 else 's'}"
            hint = f"Declare {MIN_VARIANTS} to {MAX_VARIANTS}; one of them may be the campaign that answers today."
            yield Violation((*path, "variants"), message, hint)
        if experiment.control is not None and experiment.control not in names:
            yield Violation(
                (*path, "control"),
                f"unknown variant `{experiment.control}`",
                build_hint(experiment.control, names, "Variants"),
            )
        for variant_name, variant in experiment.variants.items():
            yield from _check_variant(declaration, experiment, variant, (*path, "variants", variant_name))


def _check_variant(
    declaration: Declaration, experiment: Experiment, variant: Variant, path: tuple[str, ...]
) -> Iterator[Violation]:
    given = [key for key in ("campaign", "recommender", "items") if declaration.declares(*path, key)]
    if len(given) != 1:
        message = f"variant `{path[-1]}` needs exactly one of `campaign`, `recommender` and `items`"
        yield Violation(path, message, "`items` is a fixed list: a control without personalisation.", at_key=True)
    for kind, section in _OWNERS.items():
        owner = getattr(variant, kind)
        if owner is not None and not declaration.declares(section, owner):
            hint = build_hint(owner, declaration.names(section), section.title())
            yield Violation((*path, kind), f"unknown {kind} `{owner}`", hint)
    types = ROUTE_RECIPE_TYPES[experiment.route]
    recipe = next((recipe for name, _, recipe in declaration.campaigns() if name == variant.campaign), None)
    if recipe is not None and recipe.type not in types:
        fits = f"route `{experiment.route}` needs {' or '.join(types)}"
        message = f"campaign `{variant.campaign}` has a recipe of type {recipe.type}; {fits}"
        yield Violation((*path, "campaign"), message, "Name a campaign that can answer the route.")


def _check_mode(declaration: Declaration) -> Iterator[Violation]:
    for name, experiment in declaration.project.experiments.items():
        path = ("experiments", name)
        fixed = [one for one, variant in experiment.variants.items() if variant.items is not None]
        if experiment.route == "ranking" and fixed:
            hint = "The control of a ranking is a campaign; without one the items keep the caller's order."
            yield Violation((*path, "variants", fixed[0], "items"), "a fixed list cannot rank the caller's items", hint)
        if experiment.mode == "interleave":
            yield from _check_interleaving(declaration, experiment, path, bool(fixed))


def _check_interleaving(
    declaration: Declaration, experiment: Experiment, path: tuple[str, ...], has_fixed: bool
) -> Iterator[Violation]:
    if experiment.route == "ranking":
        yield Violation((*path, "route"), "a ranking cannot be interleaved", "Use `mode: split`.")
    if len(declaration.names(*path, "variants")) != 2 or has_fixed:
        message = f"experiment `{path[-1]}` interleaves; that takes two campaigns or recommenders"
        yield Violation((*path, "variants"), message, "Name two, or use `mode: split`.", at_key=True)
    weights = [variant.weight for variant in experiment.variants.values()]
    for name, variant in experiment.variants.items():
        if variant.weight != weights[0]:
            message = "teams of an interleaving are of equal size, so weights cannot differ"
            yield Violation((*path, "variants", name, "weight"), message, "Leave the weights out.")


NAMES = Rule("experiment-name", "Experiments and variants have names of their own.", "our own", _check_names)
ROUTES = Rule("experiment-route", "An experiment has a route for itself.", "our own", _check_routes)
VARIANTS = Rule("experiment-variant", "A variant names what can answer its route.", "our own", _check_variants)
MODE = Rule("experiment-mode", "The variants fit the mode.", "Radlinski, Kurup and Joachims 2008", _check_mode)
