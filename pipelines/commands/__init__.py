"""The commands that take a pipeline to a cluster. Every heavy import happens inside the command that needs it."""
