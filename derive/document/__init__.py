"""Documents: from a file as its author wrote it to declarations, definitions and steps, each with its place."""
