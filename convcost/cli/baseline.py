"""``convcost baseline``."""

from __future__ import annotations

from convcost.cli import gate, options, output


def command(
    paths: gate.Paths = None,
    config: gate.ConfigFile = None,
    run_code: gate.RunCode = False,
    python: gate.Python = None,
    out: options.Output = None,
) -> None:
    """Save what models cost, for `convcost check --baseline`.

    Paths in it are as seen from its folder.

    \b
    Example:
      convcost baseline models/ -o baseline.json
    """
    from convcost.files.stopping import stoppable
    from convcost.gate.baseline import to_json
    from convcost.gate.measure import measure

    with stoppable(run_code):
        found = gate.find(paths, config, run_code=run_code, python=python)
        measured = measure(found, out)
    measured.refuse_errors()
    for note in measured.notes:
        output.warn(note)
    output.write(to_json(measured.models), out)
