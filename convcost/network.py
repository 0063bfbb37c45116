"""The typed layer graph: what specs and importers make and everything else reads.

Tensors, weights and layers are equal to nothing but themselves, so they are keys of dicts.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from convcost import arguments
from convcost.allowance import layer_added, work
from convcost.applied import Applied, check
from convcost.dtype import DEFAULT
from convcost.errors import Source, plural, represented
from convcost.named import the_one
from convcost.ops.op import without_gates
from convcost.slotted import Slotted
from convcost.tensor import FIRST_AXIS, Tensor
from convcost.window import FIRST, SAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.budget.limit import Limit
    from convcost.ops.op import Op, Reads
    from convcost.samples import Samples
    from convcost.tensor import Original, Weight

WORK_AN_OUTPUT = 20
WORK_A_WEIGHT = 6


class Layer(Slotted):
    """An op applied to tensors.

    ``path`` is its name with all words of the structures that it stands in, if there are more.
    ``source`` is where it is written, ``origin`` the innermost place that led there in files of the
    user's own: another one where a block of the library was called. ``module`` is the class of
    PyTorch's module that computes it, where a file says so: ``torch.nn.modules.conv.Conv2d``, and
    that of the module around it where the network calls a function. ``around`` are the classes of
    all modules that it is in, and ``function`` is the function that PyTorch calls for it, without
    its overload: ``scaled_dot_product_attention`` of several layers. ``in_place``: it writes over
    its first input. ``node`` is what a model file calls the node that it was read from, and
    ``value`` the first tensor that this makes; "" where the file has no such name, or there is
    none.
    """

    __slots__ = (
        *("around", "function", "in_place", "inputs", "module", "name", "node", "op", "origin"),
        *("outputs", "path", "source", "value", "weights"),
    )

    def __init__(
        self,
        name: str,
        op: Op,
        inputs: tuple[Tensor, ...],
        outputs: tuple[Tensor, ...],
        weights: Mapping[str, Weight],
        source: Source | None,
    ) -> None:
        self.name = name
        self.path = name
        self.op = op
        self.inputs = inputs
        self.outputs = outputs
        self.weights = weights
        self.source = source
        self.origin = source
        self.module = ""
        self.function = ""
        self.in_place = False
        self.around: Sequence[str] = ()
        self.node = ""
        self.value = ""

    @property
    def input_shapes(self) -> tuple[tuple[int, ...], ...]:
        """The full shapes that the op's formulas take."""
        return tuple([tensor.shape for tensor in self.inputs])

    @property
    def makes_memory(self) -> bool:
        """Whether its outputs are memory of their own: not that of its input or of a weight. A
        layer of an unknown operator makes them, even if nothing that it reads is known."""
        return bool(self.inputs or self.op.opaque) and not self.op.view

    def reads(
        self, output: int = 0, *, gates: bool = True
    ) -> Iterator[tuple[Tensor, Sequence[Reads]]]:
        """Each input, and what an output reads of each of its axes.

        Args:
            output: the number of the output.
            gates: whether to tell of what only scales or shifts a unit.

        Raises:
            ConvcostError: there is no such output.
            TypeError: the number of the output is none.
        """
        output = arguments.whole("output", output, 0, len(self.outputs) - 1)
        for tensor, told in zip(self.inputs, self.told(output, gates), strict=True):
            if told is not None:
                yield tensor, told

    def told(self, output: int, gates: bool) -> Sequence[Sequence[Reads] | None]:
        """The same for each input; None for one that is a gate alone, and left out. Layers of one
        op and inputs of the same shapes are alike in this."""
        op, shapes = self.op, self.input_shapes
        several = len(self.outputs) > 1
        every = op.reads_of_output(output, *shapes) if several else op.reads(*shapes)
        return every if gates else [without_gates(reads) for reads in every]

    def __repr__(self) -> str:
        made = f"{_first(self.inputs)} to {_first(self.outputs)}"
        return represented(self, self.name, f"{type(self.op).__name__}, {made}")


class Edges:
    """The layers that make and read each tensor of a network, as it was when this was asked for.

    Each answer is worked out once, in time linear in the layers. ``kept`` is for what others work
    out of a network and ask for again, under a key of theirs: it lasts as long.
    """

    def __init__(
        self,
        layers: tuple[Layer, ...],
        outputs: tuple[Tensor, ...],
        held: frozenset[Tensor] = frozenset(),
    ) -> None:
        self.layers = layers
        self.outputs = frozenset(outputs)
        self.held = held
        self.kept: dict[object, Any] = {}
        self._wanted = outputs

    def are_of(self, network: Network) -> bool:
        """Whether the network has the same layers and outputs still."""
        return (
            self.layers == (*network.layers,)
            and self._wanted == (*network.outputs.values(),)
            and self.held == frozenset(network.held)
        )

    @cached_property
    def makers(self) -> Mapping[Tensor, Layer]:
        """The layer that makes a tensor; inputs of the network have none."""
        return {output: layer for layer in self.layers for output in layer.outputs}

    def readers(self, tensor: Tensor) -> Sequence[Layer]:
        """The layers that read a tensor, each once, in order."""
        return self._readers.get(tensor, ())

    @cached_property
    def _readers(self) -> Mapping[Tensor, Sequence[Layer]]:
        found: dict[Tensor, list[Layer]] = {}
        for layer in self.layers:
            for tensor in dict.fromkeys(layer.inputs):
                found.setdefault(tensor, []).append(layer)
        return found

    @cached_property
    def reads(self) -> Mapping[Tensor, int]:
        """How often a tensor is read, each output of the network being one more; 0 if never."""
        read = Counter(tensor for layer in self.layers for tensor in layer.inputs)
        read.update(self._wanted)
        return read

    def upstream(self, *tensors: Tensor) -> list[Layer]:
        """The layers that some tensors depend on, in order."""
        wanted = set(tensors)
        found: list[Layer] = []
        for layer in reversed(self.layers):
            if not wanted.isdisjoint(layer.outputs):
                wanted.update(layer.inputs)
                found.append(layer)
        return found[::-1]

    @cached_property
    def needed(self) -> frozenset[Layer]:
        """The layers that some output of the network depends on."""
        return frozenset(self.upstream(*self.outputs, *self.held))

    def ends(self, layer: Layer) -> bool:
        """Whether a layer makes an output of the network."""
        return not self.outputs.isdisjoint(layer.outputs)


def _first(tensors: Sequence[Tensor]) -> str:
    """The shape of the first tensor, and how many there are besides."""
    if not tensors:
        return "nothing"
    more = len(tensors) - 1
    return f"{list(tensors[0].shape)}{f' and {more} more' if more else ''}"


class Network:
    """Layers in an order in which each comes after those it reads.

    ``inputs`` and ``outputs`` are tensors by name, ``layers`` a list. ``expect`` holds figures that
    the author of the file vouches for, ``budget`` the limits that it is held to. ``document`` is
    what was written, where that is a spec (``convcost.spec.model.Document``).
    """

    def __init__(self, name: str, source: Source | None = None) -> None:
        self.name = name
        self.source = source
        self.inputs: dict[str, Tensor] = {}
        self.outputs: dict[str, Tensor] = {}
        self.layers: list[Layer] = []
        self.expect: dict[str, Any] = {}
        self.budget: Sequence[Limit] = ()
        self.weights: str | None = None  # a file with arrays
        self.spatial: dict[str, tuple[int, ...]] = {}  # axes of inputs, where not all after axis 1
        self._applied: dict[tuple[Op, tuple[tuple[int, ...], ...]], Applied] = {}
        self._edges: Edges | None = None
        self.document: object = None
        self.unknown: list[str] = []  # layers that could not be read, with the reason
        self.differs: list[str] = []  # layers whose values are not quite those of the model
        self.assumes: list[str] = []  # choices between ways that only a run decides
        self.held: set[Tensor] = set()  # what something reads that is not a layer
        self.doubts: list[str] = []  # reasons why a file may mean something else than was read
        self.original: Original | None = None  # what it was made of, where that can be run

    @property
    def edges(self) -> Edges:
        """The layers that make and read each tensor; kept as long as layers and outputs stay, so
        ask once before a loop."""
        if self._edges is None or not self._edges.are_of(self):
            held = frozenset(self.held)
            self._edges = Edges((*self.layers,), (*self.outputs.values(),), held)
        return self._edges

    def __repr__(self) -> str:
        made = f"{_first((*self.inputs.values(),))} to {_first((*self.outputs.values(),))}"
        return represented(self, self.name, f"{plural(len(self.layers), 'layer')}, {made}")

    def __getstate__(self) -> Mapping[str, object]:
        """The state for copies and pickles, without what is worked out on demand and objects of
        other programs."""
        return {**vars(self), "_applied": {}, "_edges": None, "original": None}

    def spatial_axes(self, name: str) -> Sequence[int]:
        """The spatial axes of an input, in order.

        Raises:
            ConvcostError: there is no such input.
            TypeError: the name is not a str.
        """
        arguments.word("name", name, self.inputs, "input")
        return self.spatial.get(name) or range(2, len(self.inputs[name].shape))

    def layer(self, name: str) -> Layer:
        """The layer of a name, or of a part that no other name has (see :mod:`convcost.named`).

        Raises:
            ConvcostError: there is none, or there are several.
            TypeError: the name is not a str.
        """
        return the_one(arguments.text("name", name), self.layers)

    def add(
        self,
        name: str,
        op: Op,
        inputs: Sequence[Tensor],
        source: Source | None = None,
        shared: Mapping[str, Weight] | None = None,
        dtype: str = DEFAULT,
    ) -> Layer:
        """Apply an op and append the layer.

        Args:
            name: the layer's name, unique in the network.
            op: what it is.
            inputs: tensors it reads.
            source: where it was written.
            shared: weights of another layer to use; their shapes must be the ones it needs.
            dtype: of its outputs and weights; a view has that of its input, and an op may say
                what its outputs are stored as.

        Raises:
            BrokenCondition: the op cannot be applied to inputs of these shapes.
        """
        work(len(inputs), "adding a layer")
        shapes = tuple([tensor.shape for tensor in inputs])
        applied = self._applied.get((op, shapes))
        if applied is None:
            check(op, shapes)
            applied = self._applied[op, shapes] = Applied.of(op, shapes)
        if op.view:
            dtype = inputs[0].dtype
        several = len(applied.outputs) > 1
        work(WORK_AN_OUTPUT * len(applied.outputs), "making the outputs of a layer")
        outputs = tuple(
            Tensor(
                f"{name}.{part}" if several else name,
                shape,
                self._samples(inputs, applied, part),
                applied.op.stored_as or dtype,
            )
            for part, shape in enumerate(applied.outputs)
        )
        made = len(applied.learned) + len(applied.stored)
        work(WORK_A_WEIGHT * made, "making the weights of a layer")
        weights = applied.weights(name, dtype) if shared is None else applied.sharing(shared)
        layer = Layer(name, applied.op, tuple(inputs), outputs, weights, source)
        self.layers.append(layer)
        layer_added()
        return layer

    @property
    def batch(self) -> int:
        """The number of samples."""
        counts = (t.shape[t.samples.axis] for t in self.inputs.values() if t.samples is not None)
        return next(counts, 1)

    def _samples(self, inputs: Sequence[Tensor], applied: Applied, part: int) -> Samples | None:
        """Where units of an output read their own sample; None where none does."""
        if not inputs:
            return FIRST_AXIS if getattr(applied.op, "batch", True) else None
        found = [
            self._followed(tensor, tensor.samples, reads, applied, part)
            for tensor, reads in zip(inputs, applied.reads[part], strict=True)
            if tensor.samples is not None
        ]
        # Not a set: of traced numbers those that are equal may be two.
        return found[0] if found and all(one == found[0] for one in found[1:]) else None

    def _followed(
        self,
        tensor: Tensor,
        samples: Samples,
        reads: Sequence[Reads],
        applied: Applied,
        part: int,
    ) -> Samples | None:
        """Where the samples of an input lie in an output."""
        output = applied.outputs[part]
        if applied.op.view:
            return samples.regrouped(tensor.shape, output)
        how = reads[samples.axis]
        axis = how.axis
        if axis is None:
            return None
        stays = how.step == SAME and output[axis] == tensor.shape[samples.axis]
        # One for all samples, as parameters have it, comes to be as many as there are.
        if stays or (how.step == FIRST and samples.alone and output[axis] == self.batch):
            return samples if axis == samples.axis else samples._replace(axis=axis)
        return None
