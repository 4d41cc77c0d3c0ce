"""Project to Plan: the one place where a declaration becomes what will exist and happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tastemaker.errors import TastemakerError
from tastemaker.model.environments import ENVIRONMENT_NAME
from tastemaker.model.suggest import build_hint
from tastemaker.plan.forgetting import build_forget_function, build_forget_job
from tastemaker.plan.functions import build_functions
from tastemaker.plan.machines.batch import build_batch
from tastemaker.plan.machines.ensure import build_ensure
from tastemaker.plan.machines.forget import build_forget
from tastemaker.plan.machines.import_data import build_import_data
from tastemaker.plan.machines.maintain import build_maintain
from tastemaker.plan.machines.pause import build_pause
from tastemaker.plan.machines.release import build_release
from tastemaker.plan.machines.resume import build_resume
from tastemaker.plan.machines.scale import build_scale
from tastemaker.plan.machines.teardown import build_teardown
from tastemaker.plan.machines.train import build_train
from tastemaker.plan.machines.watch import build_watch
from tastemaker.plan.maintenance import MODES, build_maintenance, build_uploads, explain_training
from tastemaker.plan.names import Names
from tastemaker.plan.preparing import build_preparation
from tastemaker.plan.resources import build_resources
from tastemaker.plan.routes import build_routes
from tastemaker.plan.schedules import build_arrivals, build_schedules
from tastemaker.plan.serving import build_serving
from tastemaker.plan.specs import MachineSpec, Plan
from tastemaker.plan.watching import build_campaigns

if TYPE_CHECKING:
    from tastemaker.model.project import Project


def build_plan(project: Project, environment: str = "dev") -> Plan:
    """Everything that follows from the project file for one environment. Pure: the same project, the same plan.

    Raises:
        TastemakerError: the environment cannot be part of a name, or the file names environments and not this one;
            `dev` is always there.
    """
    names = build_names(project, environment)
    if environment not in {"dev", *project.environments} and project.environments:
        hint = build_hint(environment, ["dev", *project.environments], "Declared")
        raise TastemakerError(f"The project declares no environment `{environment}`. {hint}")
    project = project.in_environment(environment)
    maintenance = {mode: build_maintenance(project, names, mode) for mode in MODES}
    routes = build_routes(project, names)
    return Plan(
        project=project.project,
        environment=environment,
        resources=build_resources(project, names),
        machines=build_machines(prepares=project.prepare.athena is not None),
        functions=(*build_functions(project, names, routes), build_forget_function(project, names)),
        routes=routes,
        schedules=build_schedules(project, names, maintenance),
        uploads=build_uploads(project),
        explanations=explain_training(project),
        maintenance=maintenance,
        forget=build_forget_job(project, names),
        emails=project.notifications.email,
        deploy=project.deploy,
        tags={key: value for key, value in project.tags.items() if value is not None},
        arrivals=build_arrivals(project, maintenance),
        campaigns=build_campaigns(project, names),
        preparation=build_preparation(project, names),
        budget_usd=project.budget,
        **build_serving(project, routes),
    )


def build_names(project: Project, environment: str) -> Names:
    """A dataset group's name that the user wrote is kept as it is; otherwise it carries the environment.

    Raises:
        TastemakerError: the environment cannot be part of a name.
    """
    if ENVIRONMENT_NAME.fullmatch(environment) is None:
        message = f"`{environment}` cannot be an environment: use 1 to 8 lower-case letters and digits, a letter first."
        raise TastemakerError(message)
    existing = project.in_environment(environment).names
    declared = existing.dataset_group or project.dataset_group.name
    group = f"{project.project}-{environment}" if declared is None else declared
    return Names(project.project, environment, group, existing)


def build_machines(*, prepares: bool = False) -> tuple[MachineSpec, ...]:
    """All state machines; their definitions depend on nothing but this library's version.

    Args:
        prepares: whether `import-data` has Athena prepare the files.
    """
    builders = {
        "ensure": build_ensure,
        "import-data": lambda: build_import_data(prepares=prepares),
        "train": build_train,
        "release": build_release,
        "pause": build_pause,
        "resume": build_resume,
        "batch": build_batch,
        "maintain": build_maintain,
        "forget": build_forget,
        "scale": build_scale,
        "watch": build_watch,
        "teardown": build_teardown,
    }
    definitions = {name: build() for name, build in builders.items()}
    return tuple(MachineSpec(name, str(definition["Comment"]), definition) for name, definition in definitions.items())
