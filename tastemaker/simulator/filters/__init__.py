"""Filter expressions compiled once to vectorised masks."""
