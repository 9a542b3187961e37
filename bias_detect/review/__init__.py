"""One draft: what to ask of its sentences, Word comments, the marked page."""
