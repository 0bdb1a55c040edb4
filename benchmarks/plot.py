"""A comparison as a picture: processor time, rate, latency and memory of every program."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from benchmarks.load import Cost

if TYPE_CHECKING:
    from benchmarks.results import Results

#: Takes the costs of the rounds, returns where the point is and how far it was from there.
Spread = Callable[[list[Cost]], tuple[float, float, float]]


def _of(member: Callable[[Cost], float], factor: float = 1) -> Spread:
    def spread(costs: list[Cost]) -> tuple[float, float, float]:
        values = [member(cost) * factor for cost in costs]
        return median(values), min(values), max(values)

    return spread


def _latency(costs: list[Cost]) -> tuple[float, float, float]:
    half = median(cost.p50 for cost in costs) / 1000
    return half, half, median(cost.p99 for cost in costs) / 1000


#: No random ids in the file, and letters as letters: the same results make the same file.
STEADY: Final[dict[str, Any]] = {"svg.hashsalt": "incidents-api", "svg.fonttype": "none"}
PANELS: Final[tuple[tuple[str, Spread], ...]] = (
    ("processor time a request, µs (median, least to most)", _of(lambda cost: cost.micros)),
    ("requests a second (median, least to most)", _of(lambda cost: cost.rate)),
    ("latency, ms (p50 to p99)", _latency),
)


def _figure(width: float, height: float) -> Any:
    """Return an empty figure, in inches. Only who draws needs the library for it."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(STEADY)
    return Figure(figsize=(width, height), layout="constrained")


def draw(results: "Results", path: Path) -> None:
    """Draw a comparison into a file, of the kind that its name says."""
    figure = _figure(13, 30)
    axes = figure.subplots(4, 1, height_ratios=[3, 3, 3, 1])
    for panel, (words, spread) in zip(axes, PANELS, strict=False):
        _panel(panel, results, words, spread)
    names = list(results.programs)[::-1]
    axes[3].barh(names, [results.memory[name] for name in names], color="0.5")
    axes[3].set_title("memory of its own after the load, MB", loc="left")
    figure.suptitle(f"{results.incidents:,} incidents. {results.circumstances}", fontsize=9)
    axes[0].legend(loc="lower left", bbox_to_anchor=(0, 1.03), ncols=4, frameon=False)
    figure.savefig(path, metadata={"Date": None})


def lines(
    found: Mapping[str, Sequence[tuple[float, float]]], x: str, y: str, words: str, path: Path
) -> None:
    """Draw how each of some things grows, on scales that double and redouble, into a file."""
    figure = _figure(10, 7)
    axes = figure.subplots()
    for place, (name, points) in enumerate(found.items()):
        axes.plot(*zip(*points, strict=True), marker="o", color=f"C{place}", label=name)
    axes.set(xscale="log", yscale="log", xlabel=x, ylabel=y)
    axes.grid(color="0.9")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    figure.suptitle(words, fontsize=8)
    figure.savefig(path, metadata={"Date": None})


def _panel(axes: Any, results: "Results", words: str, spread: Spread) -> None:
    keys = list(results.questions)
    many = len(results.programs)
    for place, name in enumerate(results.programs):
        points = [
            (row + (place - many / 2) * 0.8 / many, *spread(measured.costs))
            for row, key in enumerate(keys)
            if (measured := results.of(name, key))
        ]
        rows, middles, lows, highs = zip(*points, strict=True) if points else ((), (), (), ())
        reach = [
            [middle - low for middle, low in zip(middles, lows, strict=True)],
            [high - middle for middle, high in zip(middles, highs, strict=True)],
        ]
        axes.errorbar(
            middles, rows, xerr=reach, fmt="o", markersize=4, label=name, color=f"C{place}"
        )
    axes.set_yticks(range(len(keys)), [results.questions[key] for key in keys])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.grid(axis="both", color="0.9")
    axes.set_title(words, loc="left")
