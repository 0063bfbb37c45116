"""Words about how commands behave: exit codes, levels of findings, settings."""

from __future__ import annotations

from convcost.analysis.explain.glossary.word import Word

COMMANDS = "docs/commands.md"
LINT = "docs/lint.md"

EXITS = (
    Word(
        ("exit code 0", "exit 0", "0"),
        "all is well: nothing that was asked for is broken.",
        "convcost check resnet50; echo $?",
        COMMANDS,
    ),
    Word(
        ("exit code 1", "exit 1", "1"),
        "the answer is no: a budget or an expectation is broken (`check`), there is an error "
        "(`lint`), a formula and the execution disagree (`verify`, `explain --algorithms`), or, "
        "with `--strict`, not everything could be counted.",
        "convcost check net.yaml; echo $?",
        COMMANDS,
    ),
    Word(
        ("exit code 2", "exit 2", "2"),
        "nothing could be answered: the spec, an option, a configuration, a baseline or a file is "
        "wrong, as the message says.",
        "convcost analyze missing.yaml; echo $?",
        COMMANDS,
    ),
    Word(
        ("exit code 3", "exit 3", "3"),
        "there is nothing to work on: no model (`check`, `baseline`, `init`), or no convolution "
        "that is meant (`alternatives`).",
        "convcost check empty_folder; echo $?",
        COMMANDS,
    ),
    Word(
        ("exit code", "exit codes", "exit"),
        "the number that a command ends with, for scripts: 0 good, 1 the answer is no, 2 something "
        "is wrong with what was given, 3 there is nothing to work on.",
        "convcost check resnet50; echo $?",
        COMMANDS,
    ),
)
FINDINGS = (
    Word(
        ("error",),
        "a finding that makes `lint` exit with 1, or a limit that makes `check` fail. Also a "
        "sentence about what is wrong with a file, with its line and the fix.",
        "convcost lint resnet50",
        LINT,
    ),
    Word(
        ("warning", "warn"),
        "a finding that is likely a mistake; with `--strict`, `lint` exits with 1. A limit of "
        "`level: warn` says so and does not fail.",
        "convcost lint resnet50 --strict",
        LINT,
    ),
    Word(
        ("note",),
        "a finding that is good to know, and often meant; what is said besides in an explanation.",
        "convcost lint resnet50",
        LINT,
    ),
    Word(
        ("level",),
        "how much a finding or a limit matters: error, warning or note.",
        "convcost lint --explain all",
        LINT,
    ),
    Word(
        ("code", "what is found", "rule", "rules"),
        "the stable name of a lint rule, such as CC104, and the oddity that it finds.",
        "convcost explain CC104",
        LINT,
    ),
    Word(
        ("fix", "message", "finding", "column"),
        "what is odd (`message`), where (file, line and column), and what would help (`fix`).",
        "convcost lint resnet50 --format csv",
        LINT,
    ),
    Word(
        ("ignore",),
        "silences a finding that is meant: `# convcost: ignore[CC104]` on its line of the spec, or "
        "`--ignore CC104`.",
        "convcost lint resnet50 --ignore CC1",
        LINT,
    ),
)
SETTINGS = (
    Word(
        ("@", "@settings"),
        "settings of one design, after its file or name: `resnet50@3x160x160` for another input, "
        "`mobilenet_v2@width=0.5` for a var.",
        "convcost compare mobilenet_v2 @width=0.5",
        "docs/comparing.md#designs",
    ),
    Word(
        ("-",),
        "as a SPEC: standard input.",
        "convcost expand resnet50 | convcost analyze -",
        COMMANDS,
    ),
    Word(
        ("strict", "--strict"),
        "exits with 1 where a part of the answer is not known; of `lint`, also for warnings.",
        "convcost lint resnet50 --strict",
        COMMANDS,
    ),
    Word(
        ("shrink", "--shrink", "channels_divided_by"),
        "channels divided by a number, so that `verify` is quick; figures are those of the smaller "
        "network then.",
        "convcost verify vgg16 --shrink 8",
        COMMANDS,
    ),
)
WORDS = (*EXITS, *FINDINGS, *SETTINGS)
