"""Filter expressions as text: parsed by a grammar, checked against schemas."""
