"""The Step Functions API over an engine."""

from tastemaker.runner.interpreter.api.face import StepFunctionsApi

__all__ = ["StepFunctionsApi"]
