"""How much the page takes, and for how long it waits."""

MOST_UPLOAD_BYTES = 50_000_000
"""Of a document."""

MOST_JSON_BYTES = 8_000_000
"""Of any other request: `MOST_CHARACTERS` of any script."""

MOST_CHARACTERS = 2_000_000
"""Of a text or document, some 1,200 pages; the command line takes more."""

MOST_IGNORED = 20_000
"""Entries of an ignore list."""

MOST_BODY_BYTES = 150_000_000
"""Of all requests together that are being answered."""

MOST_REQUESTS = 64
"""That are being answered at a time; more are told to come again."""

MOST_CONNECTIONS = 512
"""That are open at a time."""

BODY_SECONDS = 30.0
"""Within which a request must have arrived whole."""

HEAD_SECONDS = 10.0
"""Within which the head of a request must have arrived."""

WORK_SECONDS = 60.0
"""For reading and scoring one text or document, after which the work is stopped."""

MOST_ANSWER_BYTES = 500_000_000
"""Of what that process answers; more is none of its answers."""

MOST_UPLOADS = 8
"""Documents that are held for their downloads."""

MOST_HELD_BYTES = 150_000_000
"""Of these documents together."""

HELD_SECONDS = 1800.0
"""For which a document is held since it was last asked for, and texts since the page was last used."""
