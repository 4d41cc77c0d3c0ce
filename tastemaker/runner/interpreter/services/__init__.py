"""Service integrations: what a Task calls, with the names and errors that Step Functions gives them."""
