"""The command line as ``python -m bias_detect``, for where its script is not on the path, as in a notebook."""

from bias_detect.cli.main import run

if __name__ == "__main__":
    run()
