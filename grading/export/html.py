# SPDX-License-Identifier: MIT
"""What all HTML pages have in common: how a template is read, and what is not escaped in it."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from grading.errors import InfraError
from grading.export.words import LABELS, SIGNS, STEP_SIGNS

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup


@cache
def load_template(path: Path) -> "Template":
    """The jinja2 template at PATH; it escapes all that is put into it, and knows the words."""
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError as error:
        raise InfraError("an HTML report needs the Debian package python3-jinja2") from error
    environment = Environment(
        loader=FileSystemLoader(path.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(labels=LABELS, signs=SIGNS, step_signs=STEP_SIGNS)
    return environment.get_template(path.name)


def raw(text: str) -> "Markup":
    """TEXT, which is HTML already and ours: it is not escaped."""
    from markupsafe import Markup  # late: it comes with jinja2

    return Markup(text)
