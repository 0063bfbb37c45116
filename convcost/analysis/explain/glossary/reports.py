"""Headings and labels of `analyze`, `rf` and `compare`."""

from __future__ import annotations

from convcost.analysis.explain.glossary.word import Word

COMMANDS = "docs/commands.md"
COUNTING = "docs/counting.md"
FIELDS = "docs/fields.md"
COMPARING = "docs/comparing.md"
OPS = "docs/ops.md"
_COMPARE = "convcost compare resnet18 resnet50"
_UNIT = "convcost rf context_network context.5"
_LINT = "convcost lint resnet50"

ANALYZE = (
    Word(
        ("layer",),
        "one step of a network, by its name: the names of the lists it is in, then its own. Any "
        "part of a name that no other layer has is enough in a command. In the table of `explain`, "
        "the layer as a spec has it.",
        "convcost explain resnet50 classifier",
        "docs/spec.md#names-of-layers",
    ),
    Word(
        ("layers", "... layers"),
        "how many layers there are: in a network, a group of them, or a block that is folded into "
        "a row (`12 layers`, and `x3` for three such blocks). In `alternatives`, what stands in "
        "the place of the convolution. In a spec, the key that lists them.",
        "convcost analyze resnet50 --by op",
        COMMANDS,
    ),
    Word(
        ("op",),
        "the kind of a layer, as `conv` or `relu`, with what tells it from its like: `conv 3x3 /2 "
        "d4 g32` has 3 x 3 taps, a stride of 2, a dilation of 4 and 32 groups.",
        "convcost explain conv",
        OPS,
    ),
    Word(
        ("output", "output shapes", "output shape"),
        "the shape of what a layer makes, channels first and without the batch: `64x112x112` is 64 "
        "channels of 112 x 112 positions. Several outputs stand side by side.",
        "convcost analyze --op conv --input 3x224x224 out_channels=64 kernel_size=7 stride=2 "
        "padding=3",
        "docs/counting.md#shapes",
    ),
    Word(
        ("input", "inputs", "input shapes", "x"),
        "what a network or a layer reads, as a shape without the batch. In a spec `input:` is the "
        "shape of the only one, `inputs:` are several by name, and `from: input` reads it again.",
        "convcost analyze resnet50 --input 3x160x160",
        "docs/spec.md#the-file",
    ),
    Word(
        ("bound by",),
        "what takes the least time of a layer on a device: its arithmetic, or its memory. Nothing "
        "is written beside a layer that takes no time, or runs as part of another.",
        "convcost analyze resnet50 --device rtx3090 --dtype float16",
        "docs/devices.md",
    ),
    Word(
        ("op/byte", "operations a byte", "roofline"),
        "arithmetic intensity: operations for each byte that a layer reads and writes, two of them "
        "a MAC. Under a roofline, a layer left of the ridge is bound by memory, right of it by "
        "arithmetic. The bytes that a cache saves lift a layer above the slope.",
        "convcost analyze resnet50 --device rtx3090 --dtype float16 --roofline",
        "docs/devices.md",
    ),
    Word(
        ("share",),
        "the part that a row has of the total in the column before it; in `compare`, of all "
        "differences. In a spec, `share:` names the layer whose weights another uses; with `share: "
        "true`, all passes of a repeat, or rows of a table, use those of the first.",
        "convcost analyze vgg16 --by op",
        COMPARING,
    ),
    Word(
        ("stage",),
        "the first two words of a layer's name: all layers of one entry of a list.",
        "convcost analyze mobilenet_v1 --by stage",
        COMMANDS,
    ),
    Word(
        ("total", "totals"),
        "the figure of the whole network: a sum over its layers, of bytes alive the largest.",
        "convcost analyze resnet50 --top 3",
        COUNTING,
    ),
    Word(
        ("source", "line"),
        "the file and the line that a layer is written on: your own, where it is part of a block "
        "of the library.",
        _COMPARE,
        COMPARING,
    ),
    Word(
        ("times", "x2", "x3"),
        "how many identical blocks a folded row stands for, with their costs added up.",
        "convcost analyze resnet50 --depth 3",
        COMMANDS,
    ),
    Word(
        ("unused",),
        "a layer that no output of the network needs. It is counted, and named.",
        _LINT,
        COUNTING,
    ),
    Word(
        ("incomplete", "complete"),
        "whether all of a network could be counted. What could not be is named with the reason, "
        "and totals are at least what they say; `--strict` exits with 1.",
        "convcost analyze net.onnx --strict",
        "docs/onnx.md",
    ),
)
FIELD = (
    Word(
        ("start",),
        "the first input position that unit 0 of a layer reads; negative where that lies in the "
        "padding.",
        "convcost rf --op conv --input 3x32x32 out_channels=8 kernel_size=5 padding=2",
        FIELDS,
    ),
    Word(
        ("alike",),
        "how many layers in succession enlarge the field by as much, at the same stride: on a low "
        "terminal they have one row, which shows the last of them. `--all` lists each.",
        "convcost rf resnet50",
        FIELDS,
    ),
    Word(
        ("grown",),
        "how much larger the field is than the largest one that the layer reads: `(kernel - 1) x "
        "dilation x stride of what it reads` for a window.",
        "convcost rf vgg16",
        FIELDS,
    ),
    Word(
        ("of input",),
        "the field as a share of the input's length, along the axis where it is largest. Above "
        "100% units look into padding.",
        "convcost rf vgg16",
        FIELDS,
    ),
    Word(
        ("flags",),
        "what is special about a receptive field: `global`, `misaligned`, `data_dependent` or "
        "`unknown`.",
        "convcost rf resnet50",
        "docs/counting.md#receptive-field",
    ),
    Word(
        ("axis", "axis 1", "axis 2", "axis 3"),
        "one direction of a shape, by number: 0 is the channels, so an image has axes 1 (down) and "
        "2 (across).",
        _UNIT,
        FIELDS,
    ),
    Word(
        ("length", "size"),
        "positions along an axis: `length` those of the input, `size` those of a receptive field. "
        "As a field of ops, `size` is that of a window across channels, or of the output.",
        _UNIT,
        FIELDS,
    ),
    Word(
        ("unit",),
        "one element of a layer's output, by its position along an axis; the middle one unless "
        "`--unit` says which.",
        "convcost rf context_network context.5 --unit 0,0",
        FIELDS,
    ),
    Word(
        ("unclipped", "clipped"),
        "the first and the last position that a unit reads: `unclipped` counts on into the "
        "padding, `clipped` are those of the input alone.",
        "convcost rf context_network context.5 --unit 0,0",
        FIELDS,
    ),
    Word(
        ("touched", "reads", "map"),
        "how many positions of the input a unit really reads; the map shows them, darker where "
        "more paths lead.",
        _UNIT,
        FIELDS,
    ),
    Word(
        ("holes", "hole", "gridding"),
        "positions between the first and the last one that a unit reads, which it does not read: "
        "dilated layers in a row leave some where their rates do not fit.",
        "convcost rf examples/hybrid_dilated --set third=9",
        "docs/fields.md#dilated-stacks",
    ),
    Word(
        ("paths", "path"),
        "the ways through layers from a position of the input to a unit, or to the output. A "
        "residual block doubles them.",
        "convcost rf resnet50",
        "docs/fields.md#paths-through-layers",
    ),
    Word(
        ("beyond",),
        "a receptive field that is larger than the input: the rest of it lies in padding.",
        "convcost rf resnet50",
        FIELDS,
    ),
    Word(
        ("M_2", "M_1", "common divisor"),
        "two rules for the rates of dilated layers in a row: M_2 shall be at most the kernel's "
        "size, and the rates shall have no common divisor but 1. The verdict on holes comes from "
        "the positions that are read, not from these.",
        "convcost rf examples/hybrid_dilated",
        "docs/fields.md#dilated-stacks",
    ),
)
COMPARE = (
    Word(
        ("difference",),
        "the figure of a design less that of the first one.",
        _COMPARE,
        COMPARING,
    ),
    Word(
        ("change",),
        "a difference in percent of what was there before; in `check`, since the revision that it "
        "compares with.",
        _COMPARE,
        COMPARING,
    ),
    Word(
        ("ratio",),
        "one count over another: of a design over the first one, of an alternative over the layer "
        "as it is (0.5 halves it), of an algorithm over the first (`1/2.25`).",
        _COMPARE,
        COMPARING,
    ),
    Word(
        ("design", "A", "B", "C", "B - A", "C - A"),
        "a network that is compared: a file, a name, or a file with settings after `@`. Where "
        "names are too long for headings, A is the first, B the second, and B - A their "
        "difference. After a number, B is bytes.",
        "convcost compare mobilenet_v2 @width=0.5 @width=0.75",
        COMPARING,
    ),
    Word(
        ("mark", "row", "added", "removed", "changed"),
        "whether a row is new (`+`), gone (`-`), changed (`~`) or as before, for each design after "
        "the first. In CSV the columns `mark` and `row`.",
        _COMPARE,
        COMPARING,
    ),
)
WORDS = (*ANALYZE, *FIELD, *COMPARE)
