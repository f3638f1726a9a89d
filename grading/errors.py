# SPDX-License-Identifier: MIT
"""What may go wrong outside the graded kernel, by the exit status it leads to."""


class GraderError(Exception):
    """A message for people; ``exit_status`` is the command's."""

    exit_status = 2


class UsageError(GraderError):
    """The command line asks for something that does not exist."""


class LabError(GraderError):
    """A lab.toml breaks its rules; the message names file, line and key."""


class SubmissionError(GraderError):
    """A submission cannot be read."""


class InfraError(GraderError):
    """This machine cannot grade: a program is missing, or broke."""

    exit_status = 3
