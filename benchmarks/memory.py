"""The memory that is said to be needed beside what is taken: of every example of every op, of other
paths of kernels, and of whole networks.

Peaks are those of tracemalloc, to which NumPy reports its arrays. What is said has a floor, of
Python's own objects: 32 KiB for a run, 128 KiB for a verification. Names of ops or of files choose
among them; ``--verify`` measures verifications, which takes minutes, in place of runs.
"""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent.parent
sys.path += [str(HERE / "tests"), str(HERE / "tests" / "execution")]

from memory_modes import LINES  # noqa: E402  # pyright: ignore[reportMissingImports] - of the tests
from op_examples import network_of  # noqa: E402  # pyright: ignore[reportMissingImports]

import convcost  # noqa: E402
from convcost.execution.forward import execute, seeded, seeded_inputs  # noqa: E402
from convcost.execution.memory_needed import BESIDE, needed  # noqa: E402
from convcost.execution.verification import verify  # noqa: E402
from convcost.execution.verification.needed import COMPARING, verification_needed  # noqa: E402
from convcost.executor.namespace import Plain  # noqa: E402
from convcost.ops import OPS, op_class  # noqa: E402
from convcost.ops.op import examples  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.network import Network


def networks() -> Iterator[tuple[str, Network]]:
    """Names, and what runs."""
    for op in OPS:
        for number in range(len(examples(op_class(op)))):
            yield op, network_of(op, 112, 4, number, batch=2)
    for inputs, layer in LINES:
        text = f"{inputs}\nlayers:\n  - {layer}\n".encode()
        yield layer, convcost.load("mode.yaml", batch=2, read=lambda _, text=text: text)
    for path in sorted((HERE / "specs").rglob("*.yaml")):
        yield path.stem, convcost.load(str(path))


def taken(network: Network, said: int, *, verifying: bool) -> int:
    """The peak of a run that may take what is said, of which probes take as much as there is."""
    tracemalloc.start()
    if verifying:
        verify(network, memory=said)
    else:
        execute(network, seeded_inputs(network, 0), seeded(0), Plain())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    verifying = "--verify" in sys.argv
    verify(network_of("relu", 8, 4, 0, batch=2))  # what is imported then belongs to no network
    for name, network in networks():
        if words and not any(word in name for word in words):
            continue
        said = (verification_needed if verifying else needed)(network).size
        took = taken(network, said, verifying=verifying)
        floor = COMPARING if verifying else BESIDE
        mark = "" if 0.8 * took <= said <= 1.25 * took + floor else "  <"
        print(f"{name[:60]:60} said {said:14,}  taken {took:14,}  {said / took:5.2f}{mark}")
