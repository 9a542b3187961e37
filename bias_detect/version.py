"""The version of the program, beneath every module that records it."""

__version__ = "0.1.0"
