"""Errors that are part of the interface: one line, and an exit code (0 done, 2 input, 3 not blessed, 1 a bug)."""


class InputError(Exception):
    """The user can mend this: a wrong option, file, row or value. The command ends with exit code 2."""

    exit_code = 2


class SpecError(InputError):
    """A pipeline's page says something that is not allowed."""


class AnomalyError(InputError):
    """The data breaks its schema; the run stops before anything is trained."""
