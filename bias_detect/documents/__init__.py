"""A file to a Document: paragraphs with page, number and section."""
