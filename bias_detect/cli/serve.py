"""``bias-detect serve``."""

from __future__ import annotations

import threading
from typing import Annotated

import typer

from bias_detect.cli.common import Model


def serve(
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="P", min=0, max=65535, help="The port; by default 8642, or any that is free."),
    ] = None,
    model: Model = "default",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page in the browser.")] = False,
) -> int:
    """Open a page to paste a text into or drop a draft on; it stays on this computer.

    Only this computer can reach the page. It keeps no text on disk and logs none. Ctrl-C stops it.

    Examples
    --------
        bias-detect serve

        bias-detect serve --port 8700 --no-browser
    """
    from bias_detect.server.run import serve as run

    def opened(address: str) -> None:
        print(f"The page is at {address} (Ctrl-C stops it)", flush=True)
        if not no_browser:
            import webbrowser

            # A browser in the terminal would not come back.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    run(model, port, opened)
    return 0
