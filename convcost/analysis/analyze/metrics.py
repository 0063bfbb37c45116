"""What each metric means, in a sentence."""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    """A metric and what it means."""

    name: str
    says: str


MEANINGS: dict[str, str] = {
    "params": "learned numbers: weights, biases, scale and shift of a normalisation. A weight that "
    "several layers use counts once, in the first of them. One that no output needs counts, and "
    "its layer is named as unused",
    "buffers": "stored and not learned: running mean and variance",
    "macs": "products accumulated in convolutions, linear layers and matrix products, biases not "
    'included, products with padding zeros included ("dense"), as in most papers and tools',
    "macs_in_bounds": "the same without products that touch a zero of the layer's own padding, "
    "which is how XLA counts",
    "flops": "2 x `macs`, a multiplication and an addition each. Many papers call the MACs "
    "themselves FLOPs: compare what they print with `macs`",
    "multiplies": "multiplications, those of `macs` included",
    "adds": "additions; a subtraction is one. A sum of n numbers takes n - 1",
    "divides": "divisions",
    "comparisons": "comparisons: the largest of n numbers takes n - 1. A rounding counts as one",
    "transcendentals": "square roots, powers, exponentials, logarithms, sines, tanh, sigmoid and "
    "erf: one each",
    "weight_bytes": "what stores the weights and buffers; shared ones once",
    "activation_bytes": "the layer's outputs; 0 for a view",
    "traffic_bytes": "inputs, outputs and weights, each moved once",
    "intensity": "MACs per byte of `traffic_bytes`",
    "peak_activation_bytes": "the bytes alive while the layer runs; the most of them for a "
    "network, and `peak` names the first layer with so many",
}
