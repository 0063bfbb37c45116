"""Times on an RTX 3090 that timm measured, beside what data sheets say of them.

By hand, from the features of networks in ``benchmarks/data/devices.csv``::

    python benchmarks/devices.py

One factor is fitted on a random half of the networks, and the other half is estimated with it. The
same is done with MACs, activations and bytes in place of the roofline, since each is proportional
to time at best. The bound must lie below every measurement.

Where PyTorch and timm are installed, the features are made again from timm's own measurements
(``results/benchmark-infer-amp-nchw-*-rtx3090.csv``)::

    PYTHONPATH=. python benchmarks/devices.py --features MEASURED.csv --networks 130
"""

# pyright: reportMissingImports=false, reportUnknownMemberType=false
from __future__ import annotations

import argparse
import csv
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FEATURES = Path(__file__).parent / "data" / "devices.csv"
DEVICE = "rtx3090"
HALVES = 10
SAMPLE = 0  # seed of the order in which networks are drawn
MOST_PARAMS = 250  # millions: larger ones take long to export
ESTIMATES = ("roofline_ns", "macs", "activation_bytes", "traffic_bytes")
BOUNDS = ("bound_ns", "fused_bound_ns")
COLUMNS: Sequence[str] = ("model", "image", "batch", "measured_ns", *ESTIMATES, *BOUNDS)
AGREE = 0.1  # MACs, as timm counts them: else it is another network, or another size

EXPORT = """
import sys, timm, torch
name, image, batch, path = sys.argv[1:]
size = int(image)
with torch.device("meta"):
    try:
        model = timm.create_model(name, img_size=size).eval()
    except TypeError:
        model = timm.create_model(name).eval()
    images = torch.zeros(int(batch), 3, size, size)
torch.export.save(torch.export.export(model, (images,), strict=False), path)
"""


class Fit(NamedTuple):
    """How well figures that are proportional to time predict it: median errors of held-out halves
    as parts of the measured time, the factor of all networks, and the correlation of ranks."""

    errors: Sequence[float]
    factor: float
    ranks: float


def fitted(figures: Sequence[float], measured: Sequence[float]) -> Fit:
    """Fit one factor on random halves, and try it on the others."""
    errors: list[float] = []
    for seed in range(HALVES):
        order = [*range(len(figures))]
        random.Random(seed).shuffle(order)
        half = len(order) // 2
        factor = median(measured[at] / figures[at] for at in order[:half])
        held_out = order[half:]
        errors.append(median(abs(factor * figures[at] / measured[at] - 1) for at in held_out))
    whole = median(m / f for m, f in zip(measured, figures, strict=True))
    return Fit(errors, whole, correlation(ranks(figures), ranks(measured)))


def ranks(figures: Sequence[float]) -> list[float]:
    """The place of each among all in ascending order."""
    order = sorted(range(len(figures)), key=figures.__getitem__)
    found = [0.0] * len(order)
    for place, at in enumerate(order):
        found[at] = place
    return found


def correlation(a: Sequence[float], b: Sequence[float]) -> float:
    """Pearson's, which is Spearman's for ranks."""
    left, right = mean(a), mean(b)
    both = sum((x - left) * (y - right) for x, y in zip(a, b, strict=True))
    return both / (sum((x - left) ** 2 for x in a) * sum((y - right) ** 2 for y in b)) ** 0.5


def report(rows: Sequence[Mapping[str, str]]) -> None:
    """Print the errors of each figure, and how often bounds hold."""
    measured = [float(row["measured_ns"]) for row in rows]
    print(f"{len(rows)} networks, {HALVES} random halves: median error of those held out")
    for name in ESTIMATES:
        fit = fitted([float(row[name]) for row in rows], measured)
        told = " ".join(f"{100 * error:4.1f}" for error in fit.errors)
        print(f"{name:<17} {told} %   ranks {fit.ranks:.3f}   factor {fit.factor:.4g}")
    for name in BOUNDS:
        figures = [float(row[name]) for row in rows]
        held = sum(f <= m for f, m in zip(figures, measured, strict=True))
        far = median(m / f for f, m in zip(figures, measured, strict=True))
        print(f"{name:<17} holds for {held} of {len(rows)}; measured at {far:.2f} x (median)")


def features(measured: Path, networks: int) -> Iterator[dict[str, object]]:
    """The features of networks drawn at random that can be exported and are understood."""
    from convcost.errors import ConvcostError

    with measured.open() as file:
        rows = [row for row in csv.DictReader(file) if float(row["param_count"]) < MOST_PARAMS]
    random.Random(SAMPLE).shuffle(rows)
    found = 0
    for row in rows:
        if found == networks:
            return
        try:
            made = of_network(row)
        except (ConvcostError, subprocess.SubprocessError, ValueError) as error:
            print(f"{row['model']}: left out: {str(error).splitlines()[0][:90]}", file=sys.stderr)
            continue
        found += 1
        yield made


def of_network(row: Mapping[str, str]) -> dict[str, object]:
    """The features of one network.

    Raises:
        ConvcostError: it cannot be read.
        SubprocessError: it cannot be exported.
        ValueError: a part of it is not known, or it is not the network that was measured.
    """
    import convcost

    image, batch = row["infer_img_size"], row["infer_batch_size"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.pt2"
        command = [sys.executable, "-c", EXPORT, row["model"], image, batch, str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        network = convcost.load(path, dtype="float16")
    return figures(network, row)


def figures(network: object, row: Mapping[str, str]) -> dict[str, object]:
    """The features of a network that was read.

    Raises:
        ValueError: a part of it is not known, or it is not the network that was measured.
    """
    from convcost.analysis.analyze.cost import analyze
    from convcost.analysis.devices.estimate import unfused
    from convcost.analysis.devices.roofline import bounds
    from convcost.devices.read import device

    analysis, on = analyze(network), device(DEVICE)  # type: ignore[arg-type]
    batch, totals = int(row["infer_batch_size"]), analysis.totals
    if not analysis.complete:
        raise ValueError("a part of it is not known")
    known = float(row["infer_gmacs"]) * 1e9
    if abs(totals["macs"] / batch - known) > max(AGREE * known, 2e7):
        raise ValueError("timm counts other MACs: it is another network, or another size")
    roofline = unfused(analysis, on)
    values = (
        *(row["model"], row["infer_img_size"], batch),
        round(float(row["infer_step_time"]) * 1e6),
        round(sum(roofline.values())) if roofline else 0,
        *(totals[metric] for metric in ESTIMATES[1:]),
        *(sum(b.time for b in bounds(analysis, on, fused=fused)) for fused in (False, True)),
    )
    return dict(zip(COLUMNS, values, strict=True))


def main() -> None:
    """Print errors, of features that are there or made again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", type=Path, metavar="MEASURED.csv")
    parser.add_argument("--networks", type=int, default=130)
    asked = parser.parse_args()
    if asked.features:
        FEATURES.parent.mkdir(exist_ok=True)
        with FEATURES.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(features(asked.features, asked.networks))
    with FEATURES.open() as file:
        report([*csv.DictReader(file)])


if __name__ == "__main__":
    main()
