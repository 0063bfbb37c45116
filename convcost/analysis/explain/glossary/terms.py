"""Terms of the field, units, and marks beside figures."""

from __future__ import annotations

from convcost.analysis.explain.glossary.word import Word

COUNTING = "docs/counting.md"
SHAPES = "docs/counting.md#shapes"
FIELD = "docs/counting.md#receptive-field"
TOUR = "docs/tour.md"
OPS = "docs/ops.md"

_CONV = "convcost analyze --op conv --input 64x56x56 out_channels=128"

CONVOLUTIONS = (
    Word(
        ("dense",),
        "MACs as most papers count them: products with the zeros of padding included. `in bounds` "
        "leaves those out.",
        f"{_CONV} kernel_size=3 padding=1",
        COUNTING,
    ),
    Word(
        ("tap", "taps", "kernel", "filter", "window"),
        "a filter of 3 x 3 weights has 9 taps for each channel that it reads; the window is where "
        "it lies on the input.",
        f"{_CONV} kernel_size=3 padding=1",
        OPS,
    ),
    Word(
        ("position", "positions", "feature map"),
        "a place along the axes of a shape, all channels of it: a 64x56x56 map has 56 x 56 "
        "positions.",
        f"{_CONV} kernel_size=3 padding=1",
        SHAPES,
    ),
    Word(
        ("depthwise",),
        "a convolution with one filter a channel, which mixes no channels: `groups` as many as "
        "channels.",
        "convcost analyze --op conv --input 64x56x56 out_channels=64 kernel_size=3 padding=1 "
        "groups=64",
        TOUR,
    ),
    Word(
        ("pointwise", "1x1"),
        "a convolution with one tap: it mixes the channels of each position and sees no other one. "
        "It has 1/9 of the MACs of a 3x3.",
        f"{_CONV} kernel_size=1",
        TOUR,
    ),
    Word(
        ("separable", "depthwise separable", "spatially separable"),
        "a convolution in two: a depthwise and a pointwise one, or a column and a row.",
        "convcost analyze --op depthwise_separable_conv --input 64x56x56 out_channels=128",
        TOUR,
    ),
    Word(
        ("grouped", "grouped convolution"),
        "a convolution whose channels are dealt out to `groups`, each with filters of its own; g "
        "groups have 1/g of its MACs.",
        f"{_CONV} kernel_size=3 padding=1 groups=4",
        TOUR,
    ),
    Word(
        ("dilated", "atrous", "rate", "rates"),
        "a convolution whose taps lie `dilation` positions apart: a wider field at the same cost.",
        "convcost rf --op conv --input 1x64x64 out_channels=1 kernel_size=3 'dilation=2**i' "
        "repeat=3",
        "docs/fields.md#dilated-stacks",
    ),
    Word(
        ("transposed", "transposed convolution", "deconvolution"),
        "`conv_transpose`: each position of the input adds to several of the output, which is `(n "
        "- 1) stride - before - after + dilation (kernel - 1) + 1 + output_padding` long.",
        "convcost analyze --op conv_transpose --input 64x7x7 out_channels=32 kernel_size=4 "
        "stride=2 padding=1",
        SHAPES,
    ),
    Word(
        ("checkerboard",),
        "the pattern of a transposed convolution whose kernel is not a multiple of its stride: "
        "neighbouring outputs add up different numbers of products. Rule CC102 finds it.",
        "convcost lint --explain CC102",
        "docs/lint.md#cc102",
    ),
    Word(
        ("matrix", "layout", "vec"),
        "a layer written as one matrix, each entry a weight by its name: `vec(output) = C . "
        "vec(input)`. The layout of weights is the order of their axes.",
        "convcost explain examples/transposed back --matrix",
        "docs/algorithms.md#the-matrix",
    ),
    Word(
        ("channel", "channels", "shape"),
        "a shape is the channels, then the axes of positions, without the batch: 3x224x224 is 3 "
        "channels of 224 x 224.",
        "convcost analyze resnet50 --input 3x160x160",
        SHAPES,
    ),
    Word(
        ("residual block", "residual blocks", "blocks on paths"),
        "a body joined with its input by an addition. `rf` counts how many of them the paths to a "
        "unit lead through.",
        "convcost rf resnet50",
        "docs/fields.md#paths-through-layers",
    ),
)
MEMORY = (
    Word(
        ("bytes", "byte"),
        "sizes in memory, in powers of 1000: 1 kB is 1,000 bytes, 1 MB 1,000,000. A budget may "
        "also say KiB and MiB, of 1,024.",
        "convcost analyze resnet50 --dtype float16",
        COUNTING,
    ),
    Word(
        ("k", "M", "G", "T", "kB", "MB", "GB", "KiB", "MiB", "GiB"),
        "thousand, million, billion: 4M is 4,000,000. With a B they are bytes; with iB powers of "
        "1,024.",
        "budget: {params: 4M, peak_activation_bytes: 8 MiB}",
        "docs/check.md#what-a-budget-says",
    ),
    Word(
        ("sample", "samples", "batch"),
        "a sample is one input of a network, the batch all that it reads at once: 1 unless "
        "`--batch` says otherwise. Shapes are printed without it, costs are those of all samples.",
        "convcost analyze resnet50 --batch 8",
        COUNTING,
    ),
    Word(
        ("dtype", "float32", "float16", "bfloat16", "int8"),
        "the type of numbers, which decides their bytes: 4, 2, 2 and 1; float32 unless `--dtype` "
        "or the spec says otherwise.",
        "convcost analyze resnet50 --dtype int8",
        COUNTING,
    ),
    Word(
        ("views", "view of memory"),
        "what takes no memory of its own, since it only looks at what is there: flatten, reshape, "
        "identity, dropout.",
        "convcost explain flatten",
        COUNTING,
    ),
    Word(
        ("inplace", "--inplace"),
        "element-wise layers write over what only they need, so fewer bytes are alive.",
        "convcost analyze resnet50 --inplace",
        COUNTING,
    ),
    Word(
        ("opaque", "not counted"),
        "a layer of an exported model whose operator is not known: its shapes are stated by the "
        "file, its costs are not known, and totals are at least what they say.",
        "convcost analyze net.onnx",
        "docs/onnx.md#rules-for-operators",
    ),
)
FLAGS = (
    Word(
        ("global",),
        "a receptive field: every unit reads the whole of an input axis, as behind global pooling "
        "or a linear layer.",
        "convcost rf resnet50",
        FIELD,
    ),
    Word(
        ("misaligned", "!", "field !"),
        "a receptive field that joins branches whose units move at different strides, so that its "
        "size differs from unit to unit: `101!`.",
        "convcost rf googlenet",
        FIELD,
    ),
    Word(
        ("data dependent", "~", "field ~"),
        "the receptive field of a layer that samples where its data say, as that of the undeformed "
        "grid: `7~`.",
        "convcost rf examples/deformable",
        FIELD,
    ),
    Word(
        ("unknown", "?"),
        "what could not be worked out, with the reason beside it. It is never counted as 0.",
        "convcost analyze net.onnx",
        FIELD,
    ),
    Word(
        ("gate", "gates", "without gates", "size without gates"),
        "what only scales or shifts units, such as squeeze and excitation: a field that is global "
        "for it alone is shown without it, too.",
        "convcost rf efficientnet_b0",
        FIELD,
    ),
    Word(
        ("*", "at_most_half"),
        "in `alternatives`: at most half of the MACs of the convolution as it is. In names of "
        "layers it stands for any text.",
        "convcost alternatives vgg16",
        "docs/alternatives.md",
    ),
    Word(
        ("->", "..", "…"),
        "`3x224x224 -> 1000` is an input and an output, `27..29` from one position to another, "
        "and `…` stands where a name was cut: it can be typed so.",
        "convcost analyze resnet50",
        "docs/spec.md#names-of-layers",
    ),
)
WORDS = (*CONVOLUTIONS, *MEMORY, *FLAGS)
