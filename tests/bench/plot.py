# SPDX-License-Identifier: MIT
"""Draw rows that have a bar: Faultline's figure as a share of Linux's."""

import math
from xml.sax.saxutils import escape

LEFT, WIDTH, STEP, TOP = 400, 420, 22, 40
LOWEST = 0.01  # the scale is logarithmic, from 1 % to 100 %


def position(share: float) -> float:
    """Where SHARE lies on the scale."""
    share = min(max(share, LOWEST), 1.0)
    return LEFT + WIDTH * (1 - math.log(share) / math.log(LOWEST))


def svg(rows: list[dict]) -> str:
    """The picture."""
    height = TOP + STEP * len(rows) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 80}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{LEFT}" y="16">instructions, as a share of what Linux needs; '
        "the mark is the bar</text>",
    ]
    for share in (0.01, 0.03, 0.1, 0.3, 1.0):
        x = position(share)
        parts.append(
            f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{TOP}" y2="{height - 26}" stroke="#ccc"/>'
        )
        parts.append(f'<text x="{x:.0f}" y="{height - 10}" text-anchor="middle">{share:.0%}</text>')
    for index, row in enumerate(rows):
        parts += line(row, TOP + STEP * index)
    return "\n".join([*parts, "</svg>"]) + "\n"


def line(row: dict, y: int) -> list[str]:
    """One row, its upper edge at Y."""
    ours, bar = position(row["ours"] / row["linux"]), position(row["bar"] / row["linux"])
    color = "#2a7f4f" if row["verdict"] == "ok" else "#b03030"
    return [
        f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(row["what"])}</text>',
        f'<rect x="{LEFT}" y="{y + 4}" width="{ours - LEFT:.1f}" height="14" fill="{color}"/>',
        f'<line x1="{bar:.1f}" x2="{bar:.1f}" y1="{y + 1}" y2="{y + 21}" stroke="black" '
        'stroke-width="2"/>',
        f'<text x="{ours + 5:.1f}" y="{y + 15}" fill="{color}">{row["ours"]}</text>',
    ]
