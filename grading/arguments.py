# SPDX-License-Identifier: MIT
"""Kinds of words on the command line that several verbs take."""

import argparse


def count(text: str) -> int:
    """A number from 1 on."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number
