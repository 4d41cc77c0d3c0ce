"""Filter expressions: parsed by a grammar, checked against schemas, compiled once to vectorised masks."""
