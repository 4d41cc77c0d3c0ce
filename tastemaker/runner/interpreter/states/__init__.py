"""One module per state type; each gives `compile_<type>` from the definition to the work of one visit."""
