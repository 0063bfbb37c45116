"""Headings and labels of `explain`, `alternatives`, `verify`, `specs` and `check`."""

from __future__ import annotations

from convcost.analysis.explain.glossary.word import Word

COMMANDS = "docs/commands.md"
COUNTING = "docs/counting.md"
CHECK = "docs/check.md"
OPS = "docs/ops.md"
ALGORITHMS = "docs/algorithms.md"
ALTERNATIVES = "docs/alternatives.md"

_CONV = "convcost explain --op conv --input 3x32x32 out_channels=8 kernel_size=3"
_ALGORITHMS = "convcost explain vgg16 features.1.0 --algorithms"
_ALTERNATIVES = "convcost alternatives --op conv --input 192x28x28 out_channels=256 kernel_size=3"
_VERIFY = "convcost verify examples/bottleneck"
_CHECK = "convcost check resnet50"
_HISTORY = "convcost history --help"

EXPLAIN = (
    Word(
        ("fields",),
        "what may be said of an op in a spec, with what holds unless given. A receptive field is "
        "another thing: `field`.",
        "convcost explain conv",
        OPS,
    ),
    Word(
        ("example", "read on"),
        "the shapes that an op is explained with, and the layer as a spec would have it; for a "
        "word, a command to try, and the page that says more (`read on`).",
        "convcost explain conv",
        OPS,
    ),
    Word(
        ("requires",),
        "what must hold of shapes and fields; a layer for which it does not is refused.",
        "convcost explain conv",
        OPS,
    ),
    Word(
        ("arithmetic", "costs", "cost"),
        "the formulas of what a layer computes. An op and a block have them for one sample, a "
        "layer with its numbers for the samples that `--batch` says.",
        _CONV,
        COUNTING,
    ),
    Word(
        ("backward pass", "input_gradient_macs", "weight_gradient_macs"),
        "the products of the gradients that a training step makes: by a layer's inputs, where "
        "something before it is learned, and by its weight, where that is.",
        "convcost explain resnet18 classifier",
        "docs/training.md",
    ),
    Word(
        ("macs, read otherwise", "read otherwise", "readings"),
        "other ways to come to the same MACs, such as a transposed convolution seen as a "
        "convolution over an input with zeros between its positions.",
        "convcost explain conv_transpose",
        OPS,
    ),
    Word(
        ("where",),
        "in an explanation: what the names in the formulas above it stand for.",
        "convcost explain conv",
        OPS,
    ),
    Word(
        ("with", "variants"),
        "the formulas that are others where a field has another value: `with bias: false`.",
        "convcost explain conv",
        OPS,
    ),
    Word(
        ("signs",),
        "what the signs in formulas mean: `//` divides and rounds down, `%` is what is left.",
        "convcost explain conv",
        OPS,
    ),
    Word(
        ("as a word elsewhere", "elsewhere"),
        "what the name of an op or a block means where reports use it as a word.",
        "convcost explain where",
        OPS,
    ),
    Word(
        ("picture", "arguments", "written as", "args"),
        "a block of the library: its layers drawn, what a layer that calls it may say, and its "
        "layers as they are written.",
        "convcost explain squeeze_excite",
        "docs/spec.md#blocks",
    ),
)
ALGORITHM = (
    Word(
        ("algorithm", "direct", "im2col", "winograd", "fft"),
        "a way to compute a layer: `direct` sums the products of each output; `im2col` copies "
        "windows into a matrix and multiplies that; `winograd` computes tiles with fewer "
        "multiplications; `fft` multiplies spectra; `matrix` is the layer as one large matrix.",
        _ALGORITHMS,
        ALGORITHMS,
    ),
    Word(
        ("step", "makes"),
        "a part of an algorithm, and the bytes of what it leaves for later steps.",
        _ALGORITHMS,
        ALGORITHMS,
    ),
    Word(
        ("workspace",),
        "the bytes that the steps of an algorithm leave for later ones, besides input, output and "
        "weights.",
        _ALGORITHMS,
        ALGORITHMS,
    ),
    Word(
        ("prepared", "once"),
        "what is made of the weights once, for all inputs, such as their transform.",
        _ALGORITHMS,
        ALGORITHMS,
    ),
    Word(
        ("differs", "confirmed", "too large"),
        "how far the outputs of an algorithm are from those of `direct`, and whether what it "
        "executed is what its formulas say: `yes`, `NO`, `yes, 1/4` on a quarter of the channels, "
        "or `too large` to be run.",
        _ALGORITHMS,
        ALGORITHMS,
    ),
)
ALTERNATIVE = (
    Word(
        ("alternative", "standard", "replaced"),
        "what could stand in the place of a convolution, with its input and output shape; "
        "`standard` is the convolution itself.",
        _ALTERNATIVES,
        ALTERNATIVES,
    ),
    Word(
        ("MACs/B",),
        "MACs for each byte moved: where few, memory decides how long a layer takes.",
        _ALTERNATIVES,
        ALTERNATIVES,
    ),
    Word(
        ("ratio by formula", "formula_ratio"),
        "the textbook's ratio to a convolution of M channels in and N out, with k taps along an "
        "axis.",
        _ALTERNATIVES,
        ALTERNATIVES,
    ),
    Word(
        ("gives up", "mixes_channels", "same_field", "keeps_field"),
        "what an alternative cannot do that the convolution can: mix groups, see more than one "
        "position, have a filter for each pair of channels.",
        _ALTERNATIVES,
        ALTERNATIVES,
    ),
)
VERIFY = (
    Word(
        ("metric",),
        "a figure that is worked out for a layer or a network: `convcost explain macs` and the "
        "like say what each is.",
        _VERIFY,
        COUNTING,
    ),
    Word(
        ("formula", "executed"),
        "two answers to one question: what the formula says, and what was counted while the "
        "network ran.",
        _VERIFY,
        COUNTING,
    ),
    Word(
        ("checks",),
        "how many comparisons of formula and execution there are of a metric: one a layer that has "
        "it, and one of the network.",
        _VERIFY,
        COUNTING,
    ),
    Word(
        ("agrees", "DISAGREES", "DISAGREE", "not confirmed"),
        "whether formula and execution come to the same figure. One that does not is a defect of "
        "convcost: please report it.",
        _VERIFY,
        COUNTING,
    ),
)
SPECS = (
    Word(
        ("name", "network", "specs", "spec", "paper"),
        "the network's name. Specs that come with convcost are known by names of their own, with "
        "the paper that they follow: `convcost analyze resnet50`. A file of that name wins.",
        "convcost specs",
        COMMANDS,
    ),
)
GATE = (
    Word(
        ("model",),
        "a file with a network that is checked: a spec, or an exported model.",
        _CHECK,
        CHECK,
    ),
    Word(
        ("limit", "at most or least", "budget", "bound", "written", "max", "min"),
        "what a figure may be at most, or at least, as the `budget:` of a spec or a convcost.toml "
        "says. A value equal to its limit keeps it.",
        _CHECK,
        CHECK,
    ),
    Word(
        ("value",),
        "the figure that is held against a limit; in `reconcile`, a total.",
        _CHECK,
        CHECK,
    ),
    Word(
        ("before", "baseline", "base"),
        "the figure at another git revision (`--base main`), or in a file that `convcost baseline` "
        "saved.",
        "convcost check resnet50 --base none",
        CHECK,
    ),
    Word(
        ("result", "status", "state", "FAILED", "passed", "no limit"),
        "what became of a model or of one of its limits: kept, broken, not all counted, nothing "
        "before to compare with, or no such layer.",
        _CHECK,
        CHECK,
    ),
    Word(
        ("over", "left", "short", "to spare"),
        "how far a value is beyond its limit (`over`, or `short` of a least), or within it "
        "(`left`, `to spare`).",
        _CHECK,
        CHECK,
    ),
    Word(
        ("part", "pattern", "ops", "each"),
        "what a limit is about: the network, the layers whose names match a pattern, or all layers "
        "of an op; together, or each by itself.",
        _CHECK,
        CHECK,
    ),
    Word(
        ("excused",),
        "why a broken limit only warns: an exemption, or a base that breaks it as well.",
        _CHECK,
        CHECK,
    ),
    Word(
        ("cause",),
        "what changed since the base and so moved the figure of a limit: the value before and "
        "after, its line, and by how much each change moved the figure.",
        _CHECK,
        CHECK,
    ),
    Word(
        ("loosened from", "weakened"),
        "what a limit was at the base, where the change itself lets more through or deletes it.",
        _CHECK,
        CHECK,
    ),
    Word(
        ("max_increase",),
        "how much larger than before a figure may be: `+5%` or `+2M`.",
        _CHECK,
        CHECK,
    ),
)
HISTORY = (
    Word(
        ("history", "commit", "date", "subject"),
        "what models cost at the commits of their git repository: the name of each commit that "
        "changed a figure, its day, and the first line of its message. A merge is one commit.",
        _HISTORY,
        f"{CHECK}#history",
    ),
)
WORDS = (*EXPLAIN, *ALGORITHM, *ALTERNATIVE, *VERIFY, *SPECS, *GATE, *HISTORY)
