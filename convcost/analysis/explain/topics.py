"""Topics that can be explained: ops, blocks of the library, metrics, layers of a network."""

from __future__ import annotations

from convcost import arguments
from convcost.allowance import answering
from convcost.analysis.explain.blocks import BlockExplanation, blocks, explain_block
from convcost.analysis.explain.layer import Explanation, explain_layer, explain_op
from convcost.errors import ConvcostError, quoted, similar
from convcost.metrics import METRICS, Metric
from convcost.network import Network
from convcost.ops import OPS
from convcost.spec.other_words import op_meant

Topic = Explanation | BlockExplanation | Metric


@answering
def explain(what: str | Network, layer: str = "") -> Topic:
    """Explain an op, a block of the library or a metric by its name, or a layer of a network.

    Args:
        what: the name, or the network.
        layer: the name of a layer of the network.

    Raises:
        ConvcostError: nothing has that name.
        TypeError: an argument is of another type than it is declared with.
    """
    arguments.text("layer", layer)
    if not isinstance(what, str):
        arguments.instance("what", what, Network)
    elif layer:
        raise ConvcostError("layer: it is one of a network, which is then given in place of a name")
    return _named(what) if isinstance(what, str) else explain_layer(what, layer)


def _named(name: str) -> Topic:
    if name in OPS:
        return explain_op(name)
    if name in METRICS:
        return METRICS[name]
    known = blocks()
    if name in known:
        return explain_block(name)
    meant = op_meant(name, OPS)
    notes = (f"here it is `{meant}`",) if meant else ()
    notes = notes or (
        *similar(name, OPS, "op"),
        *similar(name, known, "block"),
        *similar(name, METRICS, "metric"),
    )
    if "." in name or "/" in name or name == "-":
        notes = ("of a spec one layer is explained: give its name as well",)
    what = f"no op, block of the library or metric is named {quoted(name)}"
    raise ConvcostError("\n  ".join((what, *notes)))
