# SPDX-License-Identifier: MIT
"""Boot the kernel once for each test program, and leave "passed failed" in a file.

run.py KERNEL INITRD COUNT-FILE NAME...: a program passes when it ends by itself with
code 0, has printed its end, and no step has failed.  SETTINGS in the environment, such as
"SEED=7 CALLS=1000", goes to the program's.
"""

import os
import secrets
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import POWERED_OFF, Boot, command, run  # noqa: E402

MACHINES = 2


def verdict(boot: Boot, nonce: str) -> str:
    """Why the test failed; nothing when it passed."""
    tagged = [line.removeprefix(f"@{nonce} ") for line in boot.lines() if f"@{nonce} " in line]
    steps = sum(line.startswith("step ") for line in tagged)
    if boot.status != POWERED_OFF:
        return f"QEMU's exit status is {boot.status}, not {POWERED_OFF}"
    if failed := [line for line in tagged if " FAIL " in line]:
        return failed[0]
    if "exit code 0" not in tagged:
        return next((line for line in tagged if line.startswith("exit ")), "it did not exit")
    return "" if f"end {steps}" in tagged else f"{steps} steps were printed, but no end {steps}"


def test(kernel: Path, initrd: Path, name: str) -> str:
    """Boot the program NAME.  What to print about it; it begins with ok or FAIL."""
    nonce = secrets.token_hex(8)
    append = f"NONCE={nonce} {os.environ.get('SETTINGS', '')} -- run /tests/{name}"
    boot = run(command(kernel, initrd, append, "-icount", "shift=0,sleep=off"))
    why = verdict(boot, nonce)
    if not why:
        return f"ok   {name}"
    console = "".join(f"\n       | {line}" for line in boot.lines()[-30:])
    return f"FAIL {name}: {why}{console}"


def main(kernel: str, initrd: str, count: str, *names: str) -> int:
    """Run all tests, two machines at a time, and print them in order."""
    with ThreadPoolExecutor(MACHINES) as pool:
        results = list(pool.map(lambda name: test(Path(kernel), Path(initrd), name), names))
    for result in results:
        print(f"  {result}")
    passed = sum(result.startswith("ok") for result in results)
    Path(count).parent.mkdir(parents=True, exist_ok=True)
    Path(count).write_text(f"{passed} {len(names) - passed}\n", encoding="ascii")
    return 0 if passed == len(names) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
