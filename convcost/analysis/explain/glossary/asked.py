"""Words that learners ask for and that reports do not print: what here answers them."""

from __future__ import annotations

from convcost.analysis.explain.glossary.word import Word

COUNTING = "docs/counting.md"
DEVICES = "docs/devices.md"
SPEC = "docs/spec.md"

WORDS = (
    Word(
        ("time", "latency", "speed", "throughput", "FPS", "device"),
        "no cost says how long a network takes: that depends on what runs it. `--device` adds the "
        "least time that a device can need, and an estimate where it was calibrated.",
        "convcost analyze resnet50 --device rtx3090 --dtype float16",
        DEVICES,
    ),
    Word(
        ("width", "width multiplier"),
        "a factor of the channels of all layers: MACs and parameters of a convolution grow with "
        "its square. A spec has it as one of its `vars`.",
        "convcost analyze mobilenet_v2 --set width=0.5",
        f"{SPEC}#the-file",
    ),
    Word(
        ("resolution", "image size", "input size"),
        "height and width of the input: MACs and bytes of a convolution grow with their product, "
        "parameters do not.",
        "convcost analyze resnet50 --input 3x320x320",
        COUNTING,
    ),
    Word(
        ("compound scaling", "scaling"),
        "depth, width and resolution grown together. `fit --keep-ratio` does so up to a budget.",
        "convcost fit --help",
        "docs/sweep.md",
    ),
    Word(
        ("pooling", "downsampling", "subsampling"),
        "fewer positions: a pool takes the largest value or the mean of each window, and a "
        "`stride` of 2 halves each axis.",
        "convcost analyze --op max_pool --input 64x56x56 kernel_size=2",
        "docs/ops.md",
    ),
    Word(
        ("activation", "nonlinearity"),
        "a function of each element, such as `relu`, and in a word such as `activation_bytes` the "
        "output of a layer. The function has no parameters and no MACs.",
        "convcost analyze --op relu --input 64x56x56",
        "docs/ops.md",
    ),
    Word(
        ("quantization", "quantized"),
        "numbers of fewer bits: `--dtype int8` counts the bytes of such a network. Its products "
        "are as many as before.",
        "convcost analyze resnet50 --dtype int8",
        COUNTING,
    ),
    Word(
        ("backbone", "neck", "head"),
        "parts of a detector: the network whose maps it reads, what joins them, and what predicts "
        "from them. A spec names such parts as groups, and `--by stage` has a row for each.",
        "convcost analyze deeplabv3plus --by stage",
        f"{SPEC}#structures",
    ),
    Word(
        ("training", "gradient", "optimizer", "backward", "backpropagation"),
        "`--train` adds the products of the backward pass and the bytes of gradients and of what "
        "is kept for them, `--optimizer` the bytes of its state.",
        "convcost analyze resnet50 --train --batch 32 --optimizer adamw",
        "docs/training.md",
    ),
    Word(
        (
            *("codes of check", "CB101", "CB102", "CB103", "CB201", "CB301", "CB401", "CB402"),
            *("CB403", "CB404", "CB405", "CB406", "CB407", "CB501"),
        ),
        "codes of `check` in reports for other services: CB101 to CB103 are limits that are broken "
        "(more, less, or grown by more than is allowed), CB201 is a figure that a spec expects, "
        "CB301 a layer that was not counted, CB401 to CB407 are gates that hold less than they "
        "seem to, CB501 is a model that could not be checked. The page has a line for each.",
        "convcost check resnet50",
        "docs/check.md#cb101",
    ),
)
