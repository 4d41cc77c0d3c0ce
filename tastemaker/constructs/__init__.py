"""CDK constructs of a Tastemaker plan, for an app of your own: `pip install tastemaker[cdk]`.

    deployment = load_deployment(Path("tastemaker.yaml"), "prod", Path("cdk.out"))
    data = Data(stack, "Data", plan=deployment.plan).references
    Workflow(stack, "Workflow", plan=deployment.plan, data=data, code=deployment.code())

A complete app: examples/as-a-library. Names are imported when they are asked for, because starting jsii takes seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tastemaker.constructs.data import Data
    from tastemaker.constructs.deployment import Deployment, load_deployment
    from tastemaker.constructs.network import Network
    from tastemaker.constructs.observability import Observability
    from tastemaker.constructs.serving import Serving
    from tastemaker.constructs.standards import apply_standards
    from tastemaker.constructs.synthesis import synthesise
    from tastemaker.constructs.workflow import Workflow

__all__ = [
    "Data",
    "Deployment",
    "Network",
    "Observability",
    "Serving",
    "Workflow",
    "apply_standards",
    "load_deployment",
    "synthesise",
]

_MODULES = {"load_deployment": "deployment", "apply_standards": "standards", "synthesise": "synthesis"}
"""Where a name's module is not the name itself in lower case."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, name.lower())}"), name)
