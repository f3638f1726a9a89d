# SPDX-License-Identifier: MIT
"""Grades a lab of Faultline by booting it.

How data flows, one module per arrow:

    lab.toml --lab--> Lab
    submission --submission--> files --build--> Image
    Lab, Image --session (qemu)--> Transcript --protocol--> events
    Transcript, events --verdict--> Verdict --report--> people
                                            --results--> result.json

Only ``qemu`` knows QEMU, only ``session`` knows pexpect, and ``verdict`` touches
nothing outside its arguments.
"""

VERSION = "1.0"
