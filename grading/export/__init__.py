# SPDX-License-Identifier: MIT
"""Turns a result.json into what other programs and people read: one module a format.

Nothing is run or looked up here: the same result.json gives the same export, except
for the random fence in ``github``.  What came from a student is text to be escaped,
by the rules of each format.
"""
