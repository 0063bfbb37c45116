"""Ops of detectors: regions of a map, and the choice among boxes and elements, of which the data
say how many there are. Shapes are full: with the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcost.number import Must, Number, Shape, prod, smaller
from convcost.ops import fields
from convcost.ops.deform import weight_products
from convcost.ops.example import MAP, Example
from convcost.ops.op import (
    WHOLE,
    Op,
    Reads,
    equal,
    needs_spatial,
    written_shape,
)
from convcost.ops.pick import ANYWHERE
from convcost.ops.saved import NOTHING, Saved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.ops.op import Wanted


class RoIAlign(Op):
    """Means of samples in each bin of some boxes, ``from: [x, boxes]``. A box is the number of its
    sample and two corners, the last axis first: ``[n, x1, y1, x2, y2]``. He et al., "Mask R-CNN",
    arXiv 1703.06870. Fields are torchvision's.

    The algorithm: corners are scaled, sizes divided by the bins; each place along an axis takes 1
    multiply, 1 add and 4 comparisons, that see whether it is outside and keep it in. A sample is
    made as a sampling point of ``deform_conv`` is."""

    examples = (Example({"output_size": 7}, (MAP, (5,))),)
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2
    inputs_called: ClassVar[tuple[str, ...]] = ("x", "boxes")
    undifferentiated: ClassVar[tuple[int, ...]] = (1,)

    output_size: Shape = fields.per_axis("bins along each axis")
    spatial_scale: float = fields.real("positions of the map for one of the boxes' units", 1)
    sampling_ratio: Number = fields.count("samples of a bin along each axis", 2)
    aligned: bool = fields.yes_no(
        "whether positions are middles of units, and boxes may be smaller than one", False
    )

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str] | None:
        """Those of the boxes are not a map's."""
        return ["boxes", ""] if number else None

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Boxes are a number and two corners."""
        x, boxes = inputs
        yield needs_spatial(x)
        yield Must(
            -abs(len(boxes) - 2),
            "the boxes {shape} must be a list of numbers for each box",
            values={"shape": written_shape(boxes)},
            inputs=(1,),
        )
        yield Must(
            equal(boxes[1], 2 * len(x) - 3),
            "a box must have {wanted} numbers: that of its sample, and two corners",
            values={"wanted": 2 * len(x) - 3},
            inputs=(0, 1),
        )

    def output(self, *inputs: Shape) -> Shape:
        """``(boxes, channels, *output_size)``."""
        x, boxes = inputs
        return (boxes[0], x[1], *self.output_size)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Anywhere on the own channel's map of any sample; the own box."""
        anywhere = (ANYWHERE,) * (len(inputs[0]) - 2)
        return ((ANYWHERE, Reads(1), *anywhere), (Reads(0), WHOLE))

    def places(self, *inputs: Shape) -> Number:
        """Places of samples along each axis, of all boxes."""
        along: Number = 0
        for bins in self.output_size:
            along = along + bins * self.sampling_ratio
        return inputs[1][0] * along

    def points(self, *inputs: Shape) -> Number:
        """Samples of all boxes."""
        return inputs[1][0] * prod(bins * self.sampling_ratio for bins in self.output_size)

    def multiplies(self, *inputs: Shape) -> Number:
        """Corners scaled, places, weights of samples, and samples of each channel."""
        rank, points = len(inputs[0]) - 2, self.points(*inputs)
        samples = points * (weight_products(rank) + inputs[0][1] * 2**rank)
        return inputs[1][0] * 2 * rank + self.places(*inputs) + samples

    def adds(self, *inputs: Shape) -> Number:
        """The size of a box, places, 2 for each sample and axis, the corners of samples, and their
        sum. With ``aligned``, half a position taken off each corner."""
        rank, points = len(inputs[0]) - 2, self.points(*inputs)
        corners = points * inputs[0][1] * (2**rank - 1)
        sums = points * inputs[0][1] - prod(self.output(*inputs))
        boxes = inputs[1][0] * rank * (3 if self.aligned else 1)
        return boxes + self.places(*inputs) + points * 2 * rank + corners + sums

    def divides(self, *inputs: Shape) -> Number:
        """The size of a box by its bins, and the mean of each."""
        return inputs[1][0] * (len(inputs[0]) - 2) + prod(self.output(*inputs))

    def comparisons(self, *inputs: Shape) -> Number:
        """4 for each place, and 1 for each sample and axis. Without ``aligned``, sizes are 1 at
        least."""
        rank = len(inputs[0]) - 2
        sizes = 0 if self.aligned else inputs[1][0] * rank
        return sizes + 4 * self.places(*inputs) + self.points(*inputs) * rank

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The boxes."""
        return Saved(inputs=(1,))


class NMS(Op):
    """Rows of sample, class and box, of the boxes that are kept for each class, the best first,
    ``from: [boxes, scores]``: those that no better one overlaps by more than ``iou_threshold``.
    There are as many rows as there may be at most; those that are left over are -1. Boxes are
    ``[n, 4]``, two corners, and scores ``[classes, n]``. How they are found is left open, so that
    this counts as moving them."""

    keeps = NOTHING
    examples = (Example({"max_output_boxes": 10}, ((49, 4), (3, 49))),)
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = 2
    inputs_called: ClassVar[tuple[str, ...]] = ("boxes", "scores")
    discrete: ClassVar[tuple[int, ...]] = (0,)

    max_output_boxes: Number = fields.count("most boxes that are kept of a class")
    iou_threshold: float = fields.real(
        "intersection over union above which the box of the lower score is dropped", 0
    )
    score_threshold: float | None = fields.real("score that a box must exceed", None)
    centers: bool = fields.yes_no("whether boxes are a centre and a size", False)

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str] | None:
        """There are boxes, and classes."""
        return ["batch", "classes", "boxes"] if number else ["batch", "boxes", ""]

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """Boxes have 4 numbers, and a score for each class."""
        boxes, scores = inputs
        yield Must(
            smaller(-abs(len(boxes) - 3), -abs(len(scores) - 3)),
            "boxes must be [n, 4] and scores [classes, n], and they are {boxes} and {scores}",
            values={"boxes": written_shape(boxes), "scores": written_shape(scores)},
            inputs=(0, 1),
        )
        yield Must(
            smaller(equal(boxes[2], 4), equal(boxes[1], scores[2])),
            "boxes must be [n, 4] and scores [classes, n], and they are {boxes} and {scores}",
            values={"boxes": written_shape(boxes), "scores": written_shape(scores)},
            inputs=(0, 1),
        )

    def output(self, *inputs: Shape) -> Shape:
        """A row for each box that may be kept."""
        _, scores = inputs
        return (scores[0] * scores[1] * smaller(self.max_output_boxes, scores[2]), 3)

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Everything."""
        return ((WHOLE,) * 3, (WHOLE,) * 3)


class Nonzero(Op):
    """The positions of all elements that are not 0, a column each, in order; columns that are left
    over are -1, as there are as many as there may be at most. It counts nothing."""

    keeps = NOTHING
    discrete: ClassVar[tuple[int, ...]] = (0,)

    def output(self, *inputs: Shape) -> Shape:
        """``(axes, elements)``."""
        return (len(inputs[0]), prod(inputs[0]))

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """Everything."""
        return ((WHOLE,) * len(inputs[0]),)
