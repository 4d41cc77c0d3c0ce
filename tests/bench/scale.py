"""How training grows with interactions and with items: a table and a plot of seconds and memory.

`python -m tests.bench.scale docs/scale.svg [INTERACTIONSxITEMS …]` trains aws-user-personalization-v2 on data by rule,
every size in a process of its own, one after the other, and adds what it measured to the plot's own record.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

SIZES = ((10**4, 10**4), (10**5, 10**4), (10**6, 10**3), (10**6, 10**4), (10**6, 10**5), (10**7, 10**4))
EVENTS_PER_USER = 50
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 360, 260, 46, 34
_CODE = "import sys; from tests.bench.scale import measure; print(measure(int(sys.argv[1]), int(sys.argv[2])))"


@dataclass(frozen=True)
class Measured:
    """One training; seconds of processor and of clock, gigabytes at the peak with the data included."""

    interactions: int
    items: int
    cpu_seconds: float
    wall_seconds: float
    peak_gigabytes: float


def measure(interactions: int, items: int) -> str:
    """In a fresh process: JSON of `Measured`."""
    # imported here, so that the parent, which only prints, stays small
    from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
    from tests.support.generated import generated

    data = generated(interactions, max(interactions // EVENTS_PER_USER, 20), items)
    cpu, wall = time.process_time(), time.perf_counter()
    PersonalizationRecipe().train(data)
    taken = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return json.dumps(asdict(Measured(interactions, items, *(round(each, 2) for each in (*taken, peak)))))


def main(target: Path, sizes: list[tuple[int, int]]) -> None:
    record = target.with_suffix(".json")
    found = [Measured(**each) for each in json.loads(record.read_text())] if record.exists() else []
    for size in sizes:
        command = [sys.executable, "-c", _CODE, *map(str, size)]
        done = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = [each for each in found if (each.interactions, each.items) != size] + [Measured(**json.loads(done))]
        found.sort(key=lambda each: (each.items, each.interactions))
        record.write_text(json.dumps([asdict(each) for each in found], indent=1) + "\n")
        target.write_text(draw(found))
    for each in found:
        print("| " + " | ".join(f"{value:,}" for value in asdict(each).values()) + " |")  # noqa: T201


def draw(found: list[Measured]) -> str:
    """Two double-logarithmic panels: processor seconds and gigabytes by interactions, a line per number of items."""
    panels = [
        _panel(found, "cpu_seconds", "processor seconds", 0),
        _panel(found, "peak_gigabytes", "gigabytes", _WIDTH),
    ]
    size = f'width="{2 * _WIDTH}" height="{_HEIGHT}" font-family="sans-serif" font-size="11"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{"".join(panels)}</svg>\n'


def _panel(found: list[Measured], name: str, title: str, offset: int) -> str:
    def at(interactions: float, value: float) -> tuple[float, float]:
        across = (math.log10(interactions) - 4) / 3 * (_WIDTH - _LEFT - 20)
        up = (math.log10(value) + 1.3) / 4.3 * (_HEIGHT - _BOTTOM - 30)
        return round(offset + _LEFT + across, 1), round(_HEIGHT - _BOTTOM - up, 1)

    parts = [f'<text x="{offset + _LEFT}" y="16">{title} by interactions</text>\n']
    for power in range(4, 8):
        x, _ = at(10**power, 1)
        parts.append(f'<text x="{x}" y="{_HEIGHT - 12}" text-anchor="middle">1e{power}</text>\n')
    for value in (0.1, 1, 10, 100):
        x, y = at(1e4, value)
        line = f'<line x1="{x}" x2="{offset + _WIDTH - 20}" y1="{y}" y2="{y}" stroke="#ccc"/>'
        parts.append(f'<text x="{x - 6}" y="{y + 4}" text-anchor="end">{value:g}</text>{line}\n')
    for color, items in zip(("#0072b2", "#d55e00", "#009e73"), (10**3, 10**4, 10**5), strict=True):
        points = [at(each.interactions, getattr(each, name)) for each in found if each.items == items]
        if points:
            path = " ".join(f"{x},{y}" for x, y in points)
            dots = "".join(f'<circle cx="{x}" cy="{y}" r="3" fill="{color}"/>' for x, y in points)
            x, y = points[-1]
            label = f'<text x="{x}" y="{y - 7}" text-anchor="end" fill="{color}">{items:,} items</text>'
            parts.append(f'<polyline points="{path}" fill="none" stroke="{color}"/>{dots}{label}\n')
    return "".join(parts)


def parse_size(text: str) -> tuple[int, int]:
    interactions, items = text.split("x")
    return int(interactions), int(items)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [parse_size(each) for each in sys.argv[2:]] or list(SIZES))
