# SPDX-License-Identifier: MIT
"""Runs Linux programs on Faultline: finds what they need, packs it, boots, tells how they ended.

    a program --collect--> files --pack--> archive --machine--> its output, and how it ended

A list of what is to be run goes into the archive; user/jobs.c, in the machine, reads it.
"""


class RunError(Exception):
    """It cannot be run, and why; a message for people."""
