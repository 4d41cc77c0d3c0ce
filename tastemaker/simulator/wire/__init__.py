"""The wire formats of the three Personalize services, driven by botocore's own models."""

from tastemaker.simulator.wire.endpoint import Endpoint, Service, WireResponse

__all__ = ["Endpoint", "Service", "WireResponse"]
