# SPDX-License-Identifier: MIT
"""The verb export: a result.json in, another format out."""

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

from grading.errors import UsageError
from grading.export.model import Grade, for_students, load_grade
from grading.files import replace_text

# The module of each format; it is imported when it is asked for.
FORMATS = {
    "gradescope": "gradescope",
    "junit": "junit",
    "github": "github",
    "csv": "spreadsheet",
    "html": "page",
    "md": "markdown",
}


def add_verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", epilog: str) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "export",
        help="turn a result.json into another format",
        description="Turns a result.json into another format. Nothing is run again.",
        epilog=epilog,
    )
    parser.set_defaults(run=run)
    parser.add_argument("result", type=Path, metavar="RESULT", help="a result.json or its folder")
    parser.add_argument("--to", choices=FORMATS, required=True, help="the format")
    parser.add_argument("--output", type=Path, metavar="FILE", help="without: standard output")
    parser.add_argument(
        "--audience",
        choices=("staff", "students"),
        default="staff",
        help="students: without what hidden tests say (staff)",
    )


def run(options: argparse.Namespace) -> int:
    """The verb; its exit status."""
    grade = load_grade(options.result)
    if options.audience == "students":
        grade = for_students(grade)
    if options.to == "github":
        _to_github(grade, options.output)
    else:
        _write(render(grade, options.to), options.output)
    return 0


def render(grade: Grade, name: str) -> str:
    """GRADE in the format called NAME."""
    text: str = import_module(f"grading.export.{FORMATS[name]}").render(grade)
    return text


def _write(text: str, path: Path | None) -> None:
    """Print TEXT, or make it PATH's contents in one step."""
    if path is None:
        sys.stdout.write(text)
    else:
        replace_text(path, text)


def _to_github(grade: Grade, path: Path | None) -> None:
    """The summary into PATH, or the step's; annotations and fenced text into the log."""
    from grading.export import github  # late, like all formats

    text, line = github.render(grade), github.reporter_line(grade)
    if path is not None:
        _write(text, path)
    elif not _append(text, "GITHUB_STEP_SUMMARY"):
        sys.stdout.write(github.fenced(text))
    sys.stdout.write(github.annotations(grade))
    if not _append(line, "GITHUB_OUTPUT"):
        sys.stdout.write(line)


def _append(text: str, variable: str) -> bool:
    """Append TEXT to the file that the environment's VARIABLE names, if it names one."""
    name = os.environ.get(variable)
    if not name:
        return False
    try:
        with open(name, "a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"{variable}: {name}: {error.strerror}") from error
    return True
