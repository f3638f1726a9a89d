# SPDX-License-Identifier: MIT
"""Boots the tests of a lab, several at a time, each in a virtual machine of its own."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from grading.agree import weigh
from grading.build import Image
from grading.lab import Case
from grading.locate import Surroundings, locate
from grading.protocol import parse
from grading.qemu import Config
from grading.sandbox import Sandbox
from grading.session import Session
from grading.transcript import Transcript
from grading.verdict import Verdict, judge
from grading.witness import Rules, Witness, make_subject

ATTEMPTS = 2  # for infra_error only: a verdict is never asked for twice


@dataclass(frozen=True)
class Job:
    """What all boots of one grade have in common."""

    image: Image
    student_files: tuple[str, ...]
    out: Path
    seed: int
    sandbox: Sandbox | None = None
    rules: Rules | None = None  # None: nobody watches from outside


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
        """The verdict on CASE; tried again when the fault was ours."""
        for attempt in range(ATTEMPTS):
            verdict = self._attempt(case, attempt, on_text)
            if verdict.status != "infra_error" or self._cancelled:
                break
        return verdict

    def _attempt(self, case: Case, attempt: int, on_text: Callable[[str], None] | None) -> Verdict:
        job = self._job
        nonce = make_nonce(job.seed, case.id, attempt)
        config = Config(
            kernel=job.image.kernel,
            initrd=job.image.initrd,
            append=" ".join([f"NONCE={nonce} -- run", case.program, *case.args]),
            memory_mib=case.memory_mib,
            budget=case.budget,
            interactive=bool(case.input),
            sandbox=job.sandbox,
            watched=job.rules is not None,
        )
        witness = self._witness(case, nonce)
        session = Session(config, job.out / "tests" / case.id, nonce, case.input, witness)
        with self._lock:
            if self._cancelled:
                session.cancel()
            self._sessions.add(session)
        try:
            transcript = session.run(on_text)
        finally:
            with self._lock:
                self._sessions.discard(session)
        return self._verdict(case, transcript)

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

    def _verdict(self, case: Case, transcript: Transcript) -> Verdict:
        """Judge, and look addresses up only when there is something to explain."""
        job = self._job
        events = parse(transcript.text, transcript.nonce)
        verdict = judge(case, events, transcript, Surroundings())
        if verdict.status not in ("pass", "infra_error"):
            source = locate(case, events, transcript, job.image, job.student_files)
            verdict = judge(case, events, transcript, source)
        verdict = weigh(verdict, events, transcript.evidence)
        _write_log(job.out / "tests" / case.id / "console.log", case, transcript, verdict)
        return verdict


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
