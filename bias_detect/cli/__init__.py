"""The command line: one module a command group, each thin over library functions."""
