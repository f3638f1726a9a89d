# SPDX-License-Identifier: MIT
"""Groups of programs that run on Linux and on Faultline, from the same files, and are compared.

A group is one machine: what its programs need is packed once, and booted once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from conftest import BUILD, INITRD, KERNEL

from grading.programs.compare import difference, on_faultline, pack
from grading.programs.host import Host, Seen
from grading.programs.machine import Job, Machine
from grading.programs.pack import Archive

LIMIT_S = 400  # of a group; a machine that hangs is ended by force


@dataclass(frozen=True, eq=False)
class Group:
    """Programs by the names of their tests, and what puts their files into an archive."""

    name: str
    jobs: dict[str, Job]
    fill: Callable[[Archive], None]
    memory: str = "128M"


@dataclass(frozen=True)
class Pair:
    """What a program did on both, and what the kernel said meanwhile."""

    linux: Seen
    faultline: Seen
    kernel: str

    def differences(self) -> str:
        """What differs, for people; nothing when all is the same."""
        told = difference(self.linux, self.faultline)
        return "\n".join([*told, self.kernel] if told else [])


@lru_cache(maxsize=None)
def run(group: Group) -> dict[str, Pair]:
    """Run a group on both."""
    folder = BUILD / group.name
    jobs = list(group.jobs.values())
    with Archive(folder / "root.tar") as archive:
        mark = pack(archive, INITRD, jobs)
        archive.add_folder("/tmp", 0o1777)
        group.fill(archive)
    host = Host(archive.path, folder / "root")
    linux = [host.run(job) for job in jobs]
    machine = Machine(KERNEL, group.memory)
    seen, kernel = on_faultline(machine, archive.path, jobs, mark, LIMIT_S)
    return {name: Pair(*both, kernel) for name, *both in zip(group.jobs, linux, seen)}
