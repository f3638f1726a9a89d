# SPDX-License-Identifier: MIT
"""Grades a class.

    folder, roster or download --roster--> Entries
    Entry --plan--> Task (a command line) --engine--> OUT/work/.../result.json
    result.json --store--> OUT/results/STUDENT/ATTEMPT-KEY, by one rename
    journal.sqlite3 knows who is where; results are the truth
    results --book--> rows --report, gradebook--> what instructors look at

Whatever is killed, the same command goes on where it stopped: see ``run``.
"""
