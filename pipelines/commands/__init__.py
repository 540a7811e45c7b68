"""The commands that take a pipeline to a cluster: their options. Every heavy import happens inside the command that needs it."""
