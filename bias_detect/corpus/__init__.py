"""Annotated sentences: tables, checks and formats."""
