# SPDX-License-Identifier: MIT
"""The verbs batch, status and regrade, and export for a class."""

import argparse
import json
import os
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

from grading.arguments import count
from grading.batch import book, gradebook
from grading.batch.dask_engine import DaskEngine, Tls
from grading.batch.engine import Engine, LocalEngine, make_folder
from grading.batch.journal import BROKEN, FILE, open_journal
from grading.batch.late import Policy
from grading.batch.progress import make_teller, row
from grading.batch.roster import read_time
from grading.errors import UsageError
from grading.text import counted

EXIT_OK, EXIT_INFRA = 0, 3
_LATE = ("due", "late_percent", "free_days", "grace", "last_day")

Verbs = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_verb(verbs: Verbs, epilog: str) -> None:
    """Add the verbs to the command line."""
    batch = _verb(verbs, "batch", batch_verb, "grade a class; the same command goes on", epilog)
    batch.add_argument("source", type=Path, metavar="DIR", help="submissions, or a roster.csv")
    batch.add_argument("--lab", metavar="LAB", help="the lab, when the tree has several")
    batch.add_argument("--out", type=Path, required=True, metavar="OUT", help="the class's folder")
    batch.add_argument("--seed", type=int, metavar="N", help="of all nonces: kept in OUT")
    batch.add_argument(
        "--print-commands", action="store_true", help="print what would be run, a line each"
    )
    sandbox = batch.add_argument_group("sandbox").add_mutually_exclusive_group()
    sandbox.add_argument("--sandbox", action="store_true", default=None, help="the default")
    sandbox.add_argument("--unsafe-no-sandbox", dest="sandbox", action="store_false",
                         help="build and boot submissions with your own rights")  # fmt: skip
    _late_options(batch)
    _engine_options(batch)
    status = _verb(verbs, "status", status_verb, "how far a class is", epilog)
    status.add_argument("out", type=Path, metavar="OUT")
    status.add_argument("--json", action="store_true", help="for programs")
    regrade = _verb(verbs, "regrade", regrade_verb, "grade again; old results stay", epilog)
    regrade.add_argument("out", type=Path, metavar="OUT")
    regrade.add_argument("--students", nargs="+", default=[], metavar="ID", help="these; all")
    regrade.add_argument("--tests", nargs="+", default=[], metavar="TEST", help="only these")
    regrade.add_argument("--reason", required=True, metavar="TEXT", help="kept with the result")
    _engine_options(regrade)
    _extend_export(verbs)


def _verb(verbs: Verbs, name: str, run: object, text: str, epilog: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=epilog
    )
    parser.set_defaults(run=run)
    return parser


def _late_options(parser: argparse.ArgumentParser) -> None:
    late = parser.add_argument_group("late policy", "kept in OUT; giving one sets them all anew")
    late.add_argument("--due", metavar="TIME", help="such as '2026-10-01 23:59'")
    late.add_argument("--late-percent", type=_amount, metavar="P", help="lost for each day begun")
    late.add_argument("--free-days", type=_amount, metavar="D", help="that cost nothing")
    late.add_argument("--grace", type=_amount, metavar="MIN", help="minutes that are no lateness")
    late.add_argument("--last-day", type=_amount, metavar="D", help="no points after D days")


def _engine_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("engine")
    cpus = len(os.sched_getaffinity(0))
    group.add_argument("--jobs", type=count, default=cpus, metavar="N",
                       help=f"submissions at a time ({cpus})")  # fmt: skip
    group.add_argument("--machines", type=count, default=1, metavar="N",
                       help="virtual machines at a time for each submission (1)")  # fmt: skip
    group.add_argument("--engine", default="local", metavar="E",
                       help="local, or dask:tcp://HOST:PORT, dask:tls://HOST:PORT")  # fmt: skip
    for name in ("ca", "cert", "key"):
        group.add_argument(f"--tls-{name}", default="", metavar="FILE", help="for dask:tls://")
    group.add_argument("--no-report", action="store_true", help="only grade")


def _amount(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 10_000:
        raise argparse.ArgumentTypeError("from 0 to 10000")
    return number


def batch_verb(options: argparse.Namespace) -> int:
    """grade batch; its exit status."""
    from grading.batch import run  # late: it needs what boots machines

    order = run.Order(
        root=options.root,
        out=options.out,
        source=options.source,
        lab=options.lab,
        seed=options.seed,
        machines=options.machines,
        sandbox=options.sandbox,
        policy=_policy(options),
    )
    engine = None if options.print_commands else _engine(options)
    with run.opened(order) as batch:
        tasks = batch.plan(manual=engine is None)
        if engine is None:
            from grading.batch.plan import shell_line

            for task in tasks:
                make_folder(task)
                sys.stdout.buffer.write(os.fsencode(shell_line(task)) + b"\n")
            return EXIT_OK
        return _run(batch, tasks, engine, options.no_report)


def regrade_verb(options: argparse.Namespace) -> int:
    """grade regrade; its exit status."""
    from grading.batch import run  # late, see above

    order = run.Order(root=options.root, out=options.out, machines=options.machines)
    engine = _engine(options)
    with run.opened(order) as batch:
        asked = batch.ask_again(options.students, options.tests, options.reason)
        print(f"{counted(asked, 'submission')} to be graded again: {options.reason}")
        return _run(batch, batch.plan(), engine, options.no_report)


def _run(batch: object, tasks: object, engine: Engine, no_report: bool) -> int:
    from grading.batch import report, run

    assert isinstance(batch, run.Batch) and isinstance(tasks, list)
    batch.run(tasks, engine, make_teller())
    standings = batch.journal.standings()
    counts = Counter(s.state for s in standings)
    print(", ".join(f"{number} {state}" for state, number in counts.most_common()))
    for standing in standings:
        if standing.state == BROKEN:
            print(f"  {row(standing)}")
    if counts[BROKEN]:
        print("no score for these yet: the same command tries them again")
    if not no_report:
        page = report.write_report(batch)
        print(f"report: {page}")
    return EXIT_INFRA if counts[BROKEN] else EXIT_OK


def _policy(options: argparse.Namespace) -> Policy | None:
    if all(getattr(options, name) is None for name in _LATE):
        return None
    due: datetime | None = read_time(options.due or "", "--due")
    return Policy(
        due=due,
        percent=options.late_percent or 0.0,
        free_days=options.free_days or 0.0,
        grace_min=options.grace or 0.0,
        last_day=options.last_day,
    )


def _engine(options: argparse.Namespace) -> Engine:
    kind, _, address = options.engine.partition(":")
    if options.engine == "local":
        return LocalEngine(options.jobs)
    if kind == "dask" and address:
        return DaskEngine(address, Tls(options.tls_ca, options.tls_cert, options.tls_key))
    raise UsageError(f"--engine {options.engine}: is local or dask:ADDRESS")


def status_verb(options: argparse.Namespace) -> int:
    """grade status; its exit status."""
    with open_journal(options.out) as journal:
        standings = journal.standings()
        counts = Counter(s.state for s in standings)
        if options.json:
            students = [{"id": s.id, "state": s.state, "attempt": s.attempt, "score": s.score,
                         "max": s.max, "note": s.note} for s in standings]  # fmt: skip
            about = {name: journal.meta(name) for name in ("lab", "seed", "source")}
            print(json.dumps({**about, "counts": counts, "students": students}, indent=1))
            return EXIT_OK
        print(f"{journal.meta('lab')}, seed {journal.meta('seed')}, {len(standings)} submissions")
    for state, number in counts.most_common():
        print(f"{number:>6} {state}")
    for standing in standings:
        if standing.state not in ("done", "waiting"):
            print(row(standing))
    return EXIT_OK


# --- export ------------------------------------------------------------------------


def _extend_export(verbs: Verbs) -> None:
    """Let the verb export take a class's folder where it takes a result."""
    parser = verbs.choices["export"]
    one = parser.get_default("run")
    action = next(a for a in parser._actions if a.dest == "to")
    of_one = tuple(action.choices or ())
    action.choices = (*of_one, "canvas")
    parser.add_argument("--column", metavar="TEXT", help="of a class, canvas: the assignment")

    def export(options: argparse.Namespace) -> int:
        if (options.result / FILE).is_file():
            return export_class(options)
        if options.to not in of_one:
            raise UsageError(f"--to {options.to} is for a class: {options.result} is none")
        return int(one(options))

    parser.set_defaults(run=export)


def export_class(options: argparse.Namespace) -> int:
    """grade export OUT, of a class; its exit status."""
    if options.to == "html":
        from grading.batch import report

        print(f"report: {report.render_report(options.result)}")
        return EXIT_OK
    if options.to not in gradebook.FORMATS:
        known = ", ".join(("html", *gradebook.FORMATS))
        raise UsageError(f"--to {options.to}: a class is exported to {known}")
    gradebook.export(book.load_book(options.result), options)
    return EXIT_OK
