# SPDX-License-Identifier: MIT
"""Grades the grader: kernels whose marks are known, and a table of what they got.

The reference must have all marks and the stubs their floor; each mutant must fail
exactly the tests that it names; each spoof must score nothing on the tests it cheats.
All kernels are built one after another in one copy of the tree, where little is
compiled anew, and booted while the next one is built.
"""

import io
import re
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from grading.bench import Bench
from grading.errors import GraderError, SubmissionError
from grading.files import locked
from grading.guard import make_guard
from grading.lab import Case, Lab
from grading.runner import Job, Runner
from grading.submission import load_submission
from grading.variants import Variant, load_mutants, load_spoofs, plain_variants
from grading.verdict import Verdict
from grading.witness import load_rules

SPOOFS = "tests/grader/spoofs"
_HARMFUL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")


@dataclass(frozen=True)
class Settings:
    """What was asked for; ONLY names variants, all when it is empty."""

    root: Path
    lab: Lab
    out: Path
    jobs: int
    seed: int
    quick: bool = False
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What VARIANT got; DIFFERS says what is not as it should be."""

    variant: Variant
    score: int | None
    statuses: tuple[tuple[str, str], ...] = ()  # of the tests that did not pass
    differs: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[str, ...]:
        """The tests that did not pass."""
        return tuple(name for name, _ in self.statuses)


def choose(settings: Settings) -> list[Variant]:
    """The variants that were asked for; GraderError when there is none of that name."""
    lab = settings.lab
    spoofs = load_spoofs(settings.root / SPOOFS, lab)
    variants = [*plain_variants(), *load_mutants(lab), *spoofs]
    known = {v.name for v in variants} | {"mutants", "spoofs"}
    if unknown := [name for name in settings.only if name not in known]:
        raise GraderError(f"there is no variant {unknown[0]!r}")
    wanted = set(settings.only)
    return [v for v in variants if not wanted or v.name in wanted or f"{v.kind}s" in wanted]


def cases_for(variant: Variant, lab: Lab) -> tuple[Case, ...]:
    """The tests that VARIANT runs."""
    if variant.kind == "spoof":
        return tuple(c for c in lab.cases if c.id in variant.tests)
    return lab.cases


def sample(mutants: Iterable[Variant], lab: Lab) -> dict[str, tuple[Case, ...]]:
    """Of each of the MUTANTS, by name, a test that it must fail and one that it must pass.

    All tests of LAB take turns in both parts, and one with rules for the witness has one turn
    more: for some rules there is one mutant only.  Who names few tests chooses first.
    """
    turns: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    chosen: dict[str, tuple[Case, ...]] = {}
    for mutant in sorted(mutants, key=lambda m: (len(m.tests), m.name)):
        pair = []
        for fails, turn in turns.items():
            cases = [c for c in lab.cases if (c.id in mutant.tests) is fails]
            if cases:
                pair.append(min(cases, key=lambda c: turn[c.id] - bool(c.witness)))
                turn[pair[-1].id] += 1
        chosen[mutant.name] = tuple(pair)
    return chosen


def run(settings: Settings, tell: Callable[[Outcome], None]) -> list[Outcome]:
    """Build and boot what was asked for; TELL hears of each variant as soon as it is done."""
    variants = choose(settings)
    with locked(settings.out):
        return _run(settings, variants, tell)


def _run(
    settings: Settings, variants: list[Variant], tell: Callable[[Outcome], None]
) -> list[Outcome]:
    """The same for VARIANTS."""
    bench = Bench(settings.root, settings.out, make_guard(settings.lab, False))
    worker = _Worker(settings, bench)
    outcomes: dict[str, Outcome] = {}
    with ThreadPoolExecutor(max_workers=settings.jobs) as pool:
        futures = [pool.submit(worker.grade, v) for v in variants]
        try:
            for future in as_completed(futures):
                outcome = future.result()
                outcomes[outcome.variant.name] = outcome
                tell(outcome)
        except BaseException:
            for future in futures:
                future.cancel()
            worker.cancel()
            raise
    return [outcomes[v.name] for v in variants]


class _Worker:
    """Grades variants; ``grade`` may be called by several threads."""

    def __init__(self, settings: Settings, bench: Bench) -> None:
        self._settings = settings
        self._bench = bench
        self._rules = load_rules(settings.lab.folder)
        self._sample = sample(load_mutants(settings.lab), settings.lab) if settings.quick else {}
        self._lock = Lock()
        self._runners: set[Runner] = set()

    def cancel(self) -> None:
        """End every machine."""
        with self._lock:
            for runner in self._runners:
                runner.cancel()

    def grade(self, variant: Variant) -> Outcome:
        """What VARIANT gets."""
        if variant.members:
            return Outcome(variant, 0, (), tuple(self._unpacked(variant)))
        built = self._bench.build(variant)
        lab = self._settings.lab
        if variant.kind == "spoof":
            early = [*_check_guard(variant, built.refused), *self._taken(variant)]
        else:
            early = [f"the guard refuses it: {built.refused}"] if built.refused else []
        if variant.expect == "build_error":
            early += [] if built.refused or built.error else ["it could be built"]
            return Outcome(variant, 0, (), tuple(early))
        if built.image is None:
            return Outcome(variant, 0, (), (f"not built: {built.error}", *early))
        out = self._settings.out / "runs" / variant.name
        job = Job(built.image, lab.student_files, out, self._settings.seed, None, self._rules)
        runner = Runner(job)
        with self._lock:
            self._runners.add(runner)
        cases = self._sample.get(variant.name) or cases_for(variant, lab)
        verdicts = {case.id: runner.run(case) for case in cases}
        with self._lock:
            self._runners.discard(runner)
        return judge(variant, lab, verdicts, [*early, *_dirty(out)])

    def _taken(self, variant: Variant) -> Iterator[str]:
        """A submission with the files of VARIANT: only the student's must be taken."""
        if not variant.outside:
            return
        folder = self._bench.submission(variant)
        taken = set(load_submission(folder, self._settings.lab.student_files).files)
        for name in variant.outside:
            if name in taken:
                yield f"{name} was taken from the submission"

    def _unpacked(self, variant: Variant) -> Iterator[str]:
        """An archive with the member names of VARIANT must be refused."""
        path = self._settings.out / "runs" / variant.name / "submission.tar"
        path.parent.mkdir(parents=True, exist_ok=True)
        files = self._settings.lab.student_files
        with tarfile.open(path, "w") as archive:
            for name in (*files, *variant.members):
                source = self._settings.root / files[0]
                member = tarfile.TarInfo(name)
                data = source.read_bytes()
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        try:
            load_submission(path, files)
        except SubmissionError:
            return
        yield "the archive was not refused"


def _dirty(folder: Path) -> Iterator[str]:
    """Files below FOLDER for people that are not harmless to show."""
    for path in sorted(folder.rglob("*.log")):
        if _HARMFUL.search(path.read_bytes()):
            yield f"{path} has control characters in it"


def _check_guard(variant: Variant, refused: str) -> Iterator[str]:
    if variant.refused and variant.refused not in refused:
        yield f"expected the guard to say {variant.refused!r}, it said {refused or 'nothing'!r}"
    if refused and not variant.refused:
        yield f"the guard refuses it: {refused}"


def judge(
    variant: Variant, lab: Lab, verdicts: dict[str, Verdict], early: Iterable[str] = ()
) -> Outcome:
    """Compare VERDICTS, by test, with what VARIANT promises."""
    statuses = tuple((n, v.status) for n, v in verdicts.items() if v.status != "pass")
    scores = [v.score for v in verdicts.values()]
    score = None if None in scores else sum(s for s in scores if s is not None)
    differs = list(early)
    broken = [n for n, v in verdicts.items() if v.status == "infra_error"]
    if broken:
        differs.append(f"could not be graded: {' '.join(broken)}")
    if variant.kind == "spoof":
        differs += _spoof_differs(variant, verdicts)
    elif variant.kind == "mutant":
        differs += _mutant_differs(variant, statuses, list(verdicts))
    else:
        want = lab.points if variant.kind == "reference" else lab.floor
        if score != want:
            differs.append(f"expected {want} points, got {score}")
    return Outcome(variant, score, statuses, tuple(differs))


def _mutant_differs(
    variant: Variant, statuses: Iterable[tuple[str, str]], ran: Sequence[str]
) -> Iterator[str]:
    named, failed = set(variant.tests), {name for name, _ in statuses}
    if accused := [name for name, status in statuses if status == "tampered"]:
        yield f"an honest mistake is called tampered: {' '.join(accused)}"
    if spared := [n for n in ran if n in named - failed]:
        yield f"not found by: {' '.join(spared)}"
    if extra := [n for n in ran if n in failed - named]:
        yield f"fails as well: {' '.join(extra)}"


def _spoof_differs(variant: Variant, verdicts: dict[str, Verdict]) -> Iterator[str]:
    for name, verdict in verdicts.items():
        if verdict.score:
            yield f"{name}: {verdict.score} points for a cheat"
        if verdict.status != variant.expect:
            yield f"{name}: expected {variant.expect}, got {verdict.status}"


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Lines for people: name, score, tests that did not pass, and what differs."""
    width = max((len(o.variant.name) for o in outcomes), default=0)
    for outcome in outcomes:
        yield row(outcome, width)
        yield from (f"{'':{width}}  ! {text}" for text in outcome.differs)


def row(outcome: Outcome, width: int = 0) -> str:
    """One line of the table."""
    variant = outcome.variant
    score = "  -" if outcome.score is None else f"{outcome.score:3}"
    said = "as expected" if not outcome.differs else "DIFFERS"
    if variant.kind == "spoof":
        what = ", ".join(sorted({s for _, s in outcome.statuses})) or variant.expect
        what = f"{what} in {len(variant.tests)}" if outcome.statuses else what
    else:
        what = " ".join(outcome.failed)
    return f"{variant.name:{width}}  {variant.kind:9} {score}  {said:11}  {what}".rstrip()
