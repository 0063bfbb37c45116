"""A network as a module of PyTorch, in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.exporters.refused import CannotSay, refusal, refuse_unsaid
from convcost.exporters.torch.table import ROWS
from convcost.ops import op_name

if TYPE_CHECKING:
    from convcost.exporters.torch.said import Call, Said
    from convcost.network import Layer, Network

KIND = "a module of PyTorch"


def written(network: Network) -> bytes:
    """A Python file with the network as a class.

    Raises:
        ConvcostError: PyTorch cannot say a layer.
    """
    refuse_unsaid(network, ROWS, KIND)
    made: list[str] = []
    run: list[str] = []
    for number, said in enumerate(_said(network)):
        made.append(f"        self.layer{number} = {_written(said.make[''])}")
        run.append(f"        x = self.layer{number}(x)")
    lines = ["from torch import Tensor, nn", "", "", "class Net(nn.Module):"]
    lines += ["    def __init__(self) -> None:", "        super().__init__()", *made, ""]
    lines += ["    def forward(self, x: Tensor) -> Tensor:", *run, "        return x"]
    return ("\n".join(lines) + "\n").encode()


def _said(network: Network) -> list[Said]:
    found: list[Said] = []
    refused: list[tuple[Layer, str]] = []
    for layer in network.layers:
        row = ROWS[op_name(type(layer.op))]
        assert not isinstance(row, str)  # those are refused
        try:
            found.append(row(layer))
        except CannotSay as error:
            refused.append((layer, str(error)))
    if refused:
        raise refusal(network, KIND, refused)
    return found


def _written(call: Call) -> str:
    arguments = (
        f"{name}={value}" if name else f"{value}"
        for name, value, default in call.arguments
        if value != default
    )
    return f"{call.function}({', '.join(arguments)})"
