"""Requests as bytes, as any client sends them."""

from __future__ import annotations

from tests.support.shape_samples import service_model


def wire_request(service: str, operation: str, body: str | bytes) -> tuple[str, str, dict[str, str], bytes]:
    """Method, path, headers and body of one request, as `Endpoint.answer` takes them."""
    model = service_model(service)
    content = body.encode() if isinstance(body, str) else body
    if model.metadata["protocol"] == "json":
        return "POST", "/", {"X-Amz-Target": f"{model.metadata['targetPrefix']}.{operation}"}, content
    http = model.operation_model(operation).http
    return http["method"], http["requestUri"], {}, content
