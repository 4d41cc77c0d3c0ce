"""AWS wire formats driven by botocore's own service models; neutral ground of the simulator and the runner."""

from tastemaker.wire.endpoint import Endpoint, Service, WireResponse

__all__ = ["Endpoint", "Service", "WireResponse"]
