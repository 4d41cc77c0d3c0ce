"""TestState: one state, alone, with its data at each step. Source: API reference, TestState."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tastemaker.errors import InvalidDefinitionError, UnsupportedBySimulatorError
from tastemaker.runner.interpreter.api.answers import refused
from tastemaker.runner.interpreter.api.diagnostics import definition_error
from tastemaker.runner.interpreter.api.mocks import MockedIntegrations, mocked_work, parse_mock
from tastemaker.runner.interpreter.api.trial_answer import Trial, build_answer
from tastemaker.runner.interpreter.api.trial_map import check_failures
from tastemaker.runner.interpreter.api.trial_request import parse_request
from tastemaker.runner.interpreter.graph import targets_of
from tastemaker.runner.interpreter.payload import Payload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tastemaker.runner.interpreter.api.mocks import Mock
    from tastemaker.runner.interpreter.api.trial_request import TrialRequest
    from tastemaker.runner.interpreter.engine import Engine
    from tastemaker.runner.interpreter.model import Machine, Work
    from tastemaker.runner.interpreter.visit import Visit

_NAME = "TestState"


class TrialOperations:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def test(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Run the state on the virtual clock, or mock its work, and tell how it ended."""
        if self._engine.is_playing:
            raise UnsupportedBySimulatorError("TestState from inside a state machine's task")
        request = parse_request(params)
        mock = None if request.mock is None else parse_mock(request.mock)
        machine = self._compiled(request, mock)
        state = machine.scope.states[request.state.name]
        if mock is not None and (request.state.type != "Task" or request.state.is_activity):
            state.work = _work(request, mock)
        trial = Trial(request, state, state.retriers, state.catchers)
        state.retriers = state.catchers = ()  # whether one of them answers is told, not done
        value = json.loads(request.input)
        execution = self._engine.start_machine(machine, value, text=request.input)
        run = self._engine.stage.lives[execution.arn].run
        run.variables, run.context = request.variables, request.context
        return build_answer(trial, run, self._engine.run(execution), Payload(value, request.input))

    def _compiled(self, request: TrialRequest, mock: Mock | None) -> Machine:
        """The state as a machine of its own; its targets end it."""
        tested = request.state
        targets = {
            target: {"Type": "Succeed"}
            for _, target in targets_of(tested.definition)
            if isinstance(target, str) and target != tested.name
        }
        definition = {
            "QueryLanguage": tested.language,
            "StartAt": tested.name,
            "States": {tested.name: tested.definition, **targets},
        }
        real = self._engine.integrations
        try:
            return self._engine.compile(
                self._engine.machine_arn(_NAME),
                definition,
                role_arn=request.role_arn,
                integrations=real if mock is None else MockedIntegrations(real, mock),
            )
        except InvalidDefinitionError as error:
            raise refused("InvalidDefinition", definition_error(definition, error)) from error


def _work(request: TrialRequest, mock: Mock) -> Work:
    def check(visit: Visit) -> None:
        if visit.state.type == "Map":
            check_failures(visit, request.configuration)
        else:
            visit.state.data.arguments(visit)  # may fail

    return mocked_work(mock, check)
