# SPDX-License-Identifier: MIT
"""Boots the tests of a lab, several at a time, each in a virtual machine of its own.

A test for which this host was at fault is tried again, with another nonce.  One that
failed is booted once more with the same: a boot being the same each time, what ends
differently then is a mistake of the grader's, and the test is called flaky.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from grading.agree import weigh
from grading.build import Image
from grading.lab import Case
from grading.locate import Surroundings, locate
from grading.protocol import Event, parse
from grading.qemu import Config
from grading.sandbox import Sandbox
from grading.session import Debugger, Session
from grading.transcript import Transcript
from grading.verdict import Attempt, Verdict, judge
from grading.witness import Rules, Witness, make_subject

ATTEMPTS = 2  # for infra_error only: no other verdict is ever replaced
_FAILED = ("fail", "crash", "timeout", "tampered")


@dataclass(frozen=True)
class Job:
    """What all boots of one grade have in common; CONFIRM: boot a failed test once more."""

    image: Image
    student_files: tuple[str, ...]
    out: Path
    seed: int
    sandbox: Sandbox | None = None
    rules: Rules | None = None  # None: nobody watches from outside
    confirm: bool = False


@dataclass(frozen=True)
class Boot:
    """One boot of a test, and what was made of it.

    TYPED: it had input, which comes when the host gets round to it.  Then the guest's
    clock and what it prints differ from boot to boot; what was found must not.
    """

    verdict: Verdict
    events: tuple[Event, ...]
    transcript: Transcript
    typed: bool = False

    @property
    def attempt(self) -> Attempt:
        """What the result keeps of it."""
        transcript = self.transcript
        return Attempt(
            nonce=transcript.nonce,
            status=self.verdict.status,
            guest_instructions=self.verdict.instructions,
            console_sha256=hashlib.sha256(transcript.console.encode()).hexdigest(),
            cpu_s=transcript.cpu_s,
            wall_s=transcript.wall_s,
        )

    @property
    def traces(self) -> dict[str, object]:
        """What is the same to the last bit in two boots that are the same."""
        if self.typed:
            return {}
        attempt = self.attempt
        return {
            "guest_instructions": attempt.guest_instructions,
            "console_sha256": attempt.console_sha256,
        }

    def same_as(self, other: "Boot") -> bool:
        """Are these two boots the same in all that must be?"""
        if self.verdict.outcome != other.verdict.outcome or self.traces != other.traces:
            return False
        return self.typed or self.verdict.lines == other.verdict.lines


class Runner:
    """Runs tests; ``cancel`` ends every machine that this runner started."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lock = Lock()
        self._sessions: set[Session] = set()
        self._cancelled = False

    def cancel(self) -> None:
        """End all machines; tests that have not run yet will not."""
        with self._lock:
            self._cancelled = True
            for session in self._sessions:
                session.cancel()

    def run_all(self, cases: Sequence[Case], jobs: int) -> Iterator[tuple[Case, Verdict]]:
        """Run CASES, JOBS at a time, and give each verdict as soon as it is there."""
        with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
            futures: dict[Future[Verdict], Case] = {pool.submit(self.run, c): c for c in cases}
            try:
                while futures:
                    done, _ = wait(futures, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield futures.pop(future), future.result()
            except BaseException:
                for future in futures:
                    future.cancel()
                self.cancel()
                raise

    def run(self, case: Case, on_text: Callable[[str], None] | None = None) -> Verdict:
        """The verdict on CASE, with all its boots."""
        boots: list[Boot] = []
        for number in range(ATTEMPTS):
            boots.append(self.boot(case, make_nonce(self._job.seed, case.id, number), on_text))
            verdict = boots[-1].verdict
            if verdict.status != "infra_error" or self._cancelled:
                break
        flaky = False
        if self._job.confirm and verdict.status in _FAILED and not self._cancelled:
            again, flaky = self._confirm(case, boots[-1])
            boots.append(again)
        return replace(verdict, attempts=tuple(b.attempt for b in boots), flaky=flaky)

    def _confirm(self, case: Case, first: Boot) -> tuple[Boot, bool]:
        """Boot once more as in FIRST: did it end differently?  Its logs are kept if it did."""
        folder = self._folder(case) / "again"
        shutil.rmtree(folder, ignore_errors=True)
        again = self.boot(case, first.transcript.nonce, folder=folder)
        flaky = again.verdict.status != "infra_error" and not again.same_as(first)
        if not flaky:
            shutil.rmtree(folder, ignore_errors=True)
        return again, flaky

    def _folder(self, case: Case) -> Path:
        return self._job.out / "tests" / case.id

    def boot(
        self,
        case: Case,
        nonce: str,
        on_text: Callable[[str], None] | None = None,
        folder: Path | None = None,
        debugger: Debugger | None = None,
    ) -> Boot:
        """Boot CASE with NONCE; its logs go into FOLDER."""
        job = self._job
        config = Config(
            kernel=job.image.kernel,
            initrd=job.image.initrd,
            append=" ".join([_environment(case, nonce), "-- run", case.program, *case.args]),
            memory_mib=case.memory_mib,
            budget=case.budget,
            interactive=bool(case.input),
            sandbox=job.sandbox,
            watched=job.rules is not None or debugger is not None,
            debugged=debugger is not None,
        )
        folder = folder or self._folder(case)
        witness = self._witness(case, nonce)
        session = Session(config, folder, nonce, case.input, witness, debugger)
        with self._lock:
            if self._cancelled:
                session.cancel()
            self._sessions.add(session)
        try:
            transcript = session.run(on_text)
        finally:
            with self._lock:
                self._sessions.discard(session)
        return self._judge(case, transcript, folder)

    def _witness(self, case: Case, nonce: str) -> Witness | None:
        job = self._job
        if job.rules is None:
            return None
        subject = make_subject(
            job.image.program(case.program),
            job.image.kernel,
            (case.program, *case.args),
            f"NONCE={nonce}",
        )
        return Witness(subject, job.rules.pick(case.witness))

    def _judge(self, case: Case, transcript: Transcript, folder: Path) -> Boot:
        """Judge, and look addresses up only when there is something to explain."""
        job = self._job
        events = parse(transcript.text, transcript.nonce)
        verdict = judge(case, events, transcript, Surroundings())
        if verdict.status not in ("pass", "infra_error"):
            image, files = job.image, job.student_files
            source = locate(case, events, transcript, image, files, job.sandbox)
            verdict = judge(case, events, transcript, source)
        verdict = weigh(verdict, events, transcript.evidence, case.children)
        _write_log(folder / "console.log", case, transcript, verdict)
        return Boot(verdict, tuple(events), transcript, bool(case.input))


def _environment(case: Case, nonce: str) -> str:
    """What is before the ``--`` of the kernel's command line: init's environment."""
    stack = f" STACK_KIB={case.stack_kib}" if case.stack_kib else ""
    return f"NONCE={nonce}{stack}"


def _write_log(path: Path, case: Case, transcript: Transcript, verdict: Verdict) -> None:
    score = "no score" if verdict.score is None else f"{verdict.score} of {verdict.max}"
    lines = [
        f"{case.id}: {verdict.status}, {score}",
        *verdict.lines,
        "",
        "console:",
        transcript.text,
    ]
    path.write_text("\n".join(lines), encoding="utf-8")


def make_nonce(seed: int, test: str, attempt: int) -> str:
    """The word that marks the lines of one boot: other for each boot, the same for a SEED."""
    return hashlib.sha256(f"{seed} {test} {attempt}".encode()).hexdigest()[:16]
