"""Text to spaCy Docs: sentence boundaries, signals and influences."""
