"""Words of the spec language that are not a field of an op."""

from __future__ import annotations

from convcost.analysis.explain.glossary.word import Word

FILE = "docs/spec.md#the-file"
LAYERS = "docs/spec.md#layers"
STRUCTURES = "docs/spec.md#structures"
BLOCKS = "docs/spec.md#blocks"
EXPRESSIONS = "docs/spec.md#expressions"

_CONV = "{op: conv, out_channels: 64, kernel_size: 3, padding: same"

STRUCTURE = (
    Word(
        ("residual", "skip connection"),
        "a structure: its `body` is joined with its input, or with what `shortcut:` makes of it. "
        "`join` is `add` unless it says `multiply`; where `skip` is false the body stands alone.",
        f"- {{op: residual, body: [{_CONV}}}, relu]}}",
        STRUCTURES,
    ),
    Word(
        ("body", "shortcut", "skip"),
        "parts of a residual: `body` are its layers, `shortcut` those that its input goes through "
        "before it is joined (nothing unless given), `skip` whether it is joined at all.",
        f"- {{op: residual, body: [{_CONV}}}], shortcut: [{{op: conv, out_channels: 64, "
        "kernel_size: 1}]}",
        STRUCTURES,
    ),
    Word(
        ("branches",),
        "a structure: its input goes down several `paths`, whose outputs are joined by `concat` "
        "unless `join` says `add` or `multiply`. `split: true` deals the channels out to them. "
        "A path `{when: stride == 1, layers: [...]}` is there at times only.",
        f"- {{op: branches, paths: [[{_CONV}}}], [{{op: max_pool, kernel_size: 3, stride: 1, "
        "padding: 1}]]}",
        STRUCTURES,
    ),
    Word(
        ("join",),
        "how a residual or branches bring their parts together: `add`, `multiply` or `concat`.",
        f"- {{op: residual, join: multiply, body: [{_CONV}}}, sigmoid]}}",
        STRUCTURES,
    ),
    Word(
        ("table", "columns", "rows", "of"),
        "a structure: the table of a paper. Its `layers` are there once a row, with the columns as "
        "names; `of: BLOCK` calls a block with them instead, and `index: r` makes `r` the number "
        "of the row, from 0.",
        "- {op: table, columns: [channels, n], rows: [[64, 1], [128, 2]], layers: "
        "[{op: conv, out_channels: channels, kernel_size: 3, repeat: n}]}",
        STRUCTURES,
    ),
    Word(
        ("structure", "group"),
        "layers that are one entry of a list: a group (a mapping with `layers:`), `residual`, "
        "`branches` or `table`.",
        f"- {{name: stage, repeat: 3, layers: [{_CONV}}}, relu]}}",
        STRUCTURES,
    ),
)
KEYS = (
    Word(
        ("repeat", "index", "i"),
        "how often a layer or a group stands there, one after the other; `i` is the number of the "
        "pass, from 0, or another name that `index:` gives it.",
        "convcost rf --op conv --input 1x64x64 out_channels=1 kernel_size=3 'dilation=2**i' "
        "repeat=3",
        LAYERS,
    ),
    Word(
        ("from", "prev"),
        "the layer that a layer reads, or a list of them, in place of the one before it; `prev` is "
        "that one, beside others.",
        "- {op: add, from: [prev, skip]}",
        LAYERS,
    ),
    Word(
        ("when",),
        "a condition: where it is false the layer is not there, and its name means its input.",
        "- {op: dropout, when: training}",
        LAYERS,
    ),
    Word(
        ("vars", "var"),
        "names with values at the top of a spec, which `--set NAME=VALUE` overrides.",
        "convcost analyze mobilenet_v2 --set width=0.5",
        FILE,
    ),
    Word(
        ("blocks", "block", "library"),
        "words of your own for several layers, called like an op with arguments. Those of the "
        "library are there in every spec.",
        "convcost explain depthwise_separable_conv",
        BLOCKS,
    ),
    Word(
        ("include",),
        "files whose blocks are words of this spec, by paths as seen from it.",
        "include: blocks.yaml",
        FILE,
    ),
    Word(
        ("outputs",),
        "the layers that are outputs of a network or a block; the last one unless given.",
        "outputs: [logits, features]",
        FILE,
    ),
    Word(
        ("expect",),
        "figures that the author of a spec vouches for; `analyze` warns where they do not hold, "
        "`check` fails.",
        "expect: {params: 25557032, macs: 4089184256}",
        FILE,
    ),
    Word(
        ("expression", "in_channels"),
        "a value that is worked out: arithmetic over vars, arguments, `i`, and sizes of what a "
        "layer reads such as `in_channels`.",
        "- {op: conv, out_channels: 2 * in_channels, kernel_size: 3}",
        EXPRESSIONS,
    ),
    Word(
        ("doc", "convcost"),
        "`doc:` says what a block is for; `convcost: 1` is the version of the language. Neither "
        "changes a figure.",
        "convcost: 1",
        FILE,
    ),
    Word(
        ("root", "--root"),
        "the folder in which the files that a spec names must be: its git repository, unless "
        "`--root DIR` says another.",
        "convcost analyze net.yaml --root ..",
        "docs/spec.md#which-files-are-opened",
    ),
)
PADDING = (
    Word(
        ("same",),
        "padding that makes an output as long as its input, divided by the stride and rounded up: "
        "`ceil(n / stride)`. Where the zeros are odd in number, the last one stands after. In "
        "`alternatives --between same`: what follows the layer now.",
        "convcost analyze --op conv --input 3x32x32 out_channels=8 kernel_size=5 padding=same",
        "docs/counting.md#shapes",
    ),
    Word(
        ("valid",),
        "no padding: windows lie inside the input, so a kernel of k taps makes an axis shorter by "
        "k - 1.",
        "convcost analyze --op conv --input 3x32x32 out_channels=8 kernel_size=5 padding=valid",
        "docs/spec.md#ops",
    ),
    Word(
        ("causal",),
        "padding before the first position alone, so that a unit reads nothing that comes after "
        "it, as in WaveNet.",
        "convcost rf --op conv --input 1x64 out_channels=8 kernel_size=3 padding=causal",
        "docs/spec.md#ops",
    ),
    Word(
        ("zeros", "reflect", "replicate", "circular", "padding_mode"),
        "what padding holds: zeros, the input mirrored at its border (`reflect`), its last "
        "position again (`replicate`), or the other end of it (`circular`).",
        "convcost analyze --op conv --input 3x32x32 out_channels=8 kernel_size=3 padding=1 "
        "padding_mode=reflect",
        "docs/spec.md#ops",
    ),
)
WORDS = (*STRUCTURE, *KEYS, *PADDING)
