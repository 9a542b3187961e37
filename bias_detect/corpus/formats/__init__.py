"""The formats in which annotated sentences come from tools and go to them: one module a format."""
