# SPDX-License-Identifier: MIT
"""Small changes to C source lines, each of which a test should notice.

Works on lines, not on syntax: a change that does not compile is not counted.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Iterator

# What a dropped statement is about, most special first.
STATEMENTS = [
    ("flush", re.compile(r"flush|invlpg|write_cr3")),
    (
        "count",
        re.compile(r"refcnt|pmem_share|pmem_drop|table_count|n_free|n_zeroed|n_regions|left"),
    ),
    ("zero", re.compile(r"memset")),
    ("drop", re.compile(r"")),
]

RELATIONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
RELATION = re.compile(r"(?<= )(<=|>=|==|!=|<|>)(?= )")
LOGIC = re.compile(r"(?<= )(&&|\|\|)(?= |$)")
SIGN = re.compile(r"(?<=[\w)\]] )([+-])(?= [\w(])")
COMPOUND = re.compile(r"([+-])=(?= )")
STEP = re.compile(r"\+\+|--")
MINMAX = re.compile(r"\b(min|max)(?=\()")
NUMBER = re.compile(r"(?<![\w.\"])(\d+)(?![\w.\"])")
TRUTH = re.compile(r"\b(true|false)\b")
ZEROED = re.compile(r"\bpmem_alloc_zeroed(?=\()")
ROUND = re.compile(r"\bpg_round_up(?=\()")
CONDITION = re.compile(r"^(\s*(?:\} else )?(?:if|while) \()(.*)(\)(?: \{)?)$")
STATEMENT = re.compile(
    r"^\t+(?!return\b|goto\b|break\b|continue\b|case\b|else\b|struct\b|static\b|"
    r"const\b|do\b)(?:\(void\))?[*+-]*[a-z_]+(?:\(|[\w>.\[\]*-]*(?: [-+|&]?= |\+\+|--))"
    r".*;$"
)
DECLARATION = re.compile(
    r"^\t+(?:struct |const |unsigned |static |[a-z_0-9]+_t |int |bool |char |"
    r"err_t |pte_t |void )"
)
LEFT_ALONE = re.compile(r"\b(kassert|panic|_Static_assert)\(|^\s*#|^\s*\*|^\w.*[^;{]$")


@dataclass(frozen=True)
class Mutant:
    """One change of one line."""

    file: str
    line: int  # from 1
    kind: str
    old: str
    new: str

    @property
    def name(self) -> str:
        """A short text that stays when other lines change."""
        return f"{self.old.strip()} => {self.new.strip()}"

    @property
    def order(self) -> str:
        """Sorts mutants in a way that has nothing to do with where they are."""
        return hashlib.sha1(f"{self.file} {self.name}".encode()).hexdigest()


def code_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of TEXT that are code of the reference: number from 1, and text.

    A line keeps no comment.  The students' side of "#ifdef SOLUTION" is left out.
    """
    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", "", m.group()), text, flags=re.DOTALL)
    stack: list[bool] = []
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"#\s*if", line):
            stack.append(not re.match(r"#\s*ifdef (POISON_FREED|FAULT_INJECTION)", line))
        elif re.match(r"#\s*else", line):
            stack[-1] = not stack[-1]
        elif re.match(r"#\s*endif", line):
            stack.pop()
        elif all(stack) and line.strip() and not LEFT_ALONE.search(line):
            yield number, line.rstrip()


def _at(line: str, match: re.Match, new: str) -> str:
    return line[: match.start()] + new + line[match.end() :]


def changes(line: str) -> Iterator[tuple[str, str]]:
    """All changes of LINE: kind, new line."""
    for match in RELATION.finditer(line):
        yield "relation", _at(line, match, RELATIONS[match.group()])
    for match in LOGIC.finditer(line):
        yield "logic", _at(line, match, "||" if match.group() == "&&" else "&&")
    for match in SIGN.finditer(line):
        yield "sign", _at(line, match, "-" if match.group() == "+" else "+")
    for match in COMPOUND.finditer(line):
        yield "sign", _at(line, match, "-=" if match.group(1) == "+" else "+=")
    for match in STEP.finditer(line):
        yield "count", _at(line, match, "--" if match.group() == "++" else "++")
    for match in MINMAX.finditer(line):
        yield "minmax", _at(line, match, "max" if match.group() == "min" else "min")
    for match in NUMBER.finditer(line):
        yield "number", _at(line, match, str(int(match.group()) + 1))
    for match in TRUTH.finditer(line):
        yield "logic", _at(line, match, "false" if match.group() == "true" else "true")
    for match in ZEROED.finditer(line):
        yield "zero", _at(line, match, "pmem_alloc")
    for match in ROUND.finditer(line):
        yield "range end", _at(line, match, "pg_round_down")
    match = CONDITION.match(line)
    if match:
        yield "condition", f"{match.group(1)}!({match.group(2)}){match.group(3)}"
    if STATEMENT.match(line) and not DECLARATION.match(line) and line.count("(") == line.count(")"):
        kind = next(k for k, pattern in STATEMENTS if pattern.search(line))
        yield kind, re.match(r"\t+", line).group() + ";"  # type: ignore[union-attr]


def mutants(file: str, text: str) -> list[Mutant]:
    """All mutants of TEXT, each line's text and change once."""
    found: dict[str, Mutant] = {}
    for number, line in code_lines(text):
        for kind, new in changes(line):
            mutant = Mutant(file, number, kind, line, new)
            found.setdefault(mutant.name, mutant)
    return list(found.values())


def choose(all_mutants: list[Mutant], count: int, always: tuple[str, ...]) -> list[Mutant]:
    """All of the kinds ALWAYS, and up to COUNT in all by turns from every file and kind.

    Always the same ones.
    """
    groups: dict[tuple[str, str], list[Mutant]] = {}
    chosen: list[Mutant] = []
    for mutant in sorted(all_mutants, key=lambda m: m.order):
        if mutant.kind in always:
            chosen.append(mutant)
        else:
            groups.setdefault((mutant.file, mutant.kind), []).append(mutant)
    while len(chosen) < count and any(groups.values()):
        for key in sorted(groups):
            if groups[key] and len(chosen) < count:
                chosen.append(groups[key].pop(0))
    return chosen


def apply(mutant: Mutant, text: str) -> str:
    """TEXT with the change made."""
    lines = text.split("\n")
    line = lines[mutant.line - 1]
    start = line.index(mutant.old.strip())
    lines[mutant.line - 1] = (
        line[:start] + mutant.new.strip() + line[start + len(mutant.old.strip()) :]
    )
    return "\n".join(lines)
