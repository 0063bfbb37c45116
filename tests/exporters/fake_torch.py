"""The parameters that a module of PyTorch stores, without PyTorch: a text is executed with
constructors that add up the sizes of what they would make, as PyTorch's documentation has them."""

from __future__ import annotations

from math import prod
from types import SimpleNamespace
from typing import Any


def counted(text: str) -> int:
    """The parameters of the last class of a text, each module of it once."""
    space: dict[str, Any] = {"__name__": "written"}
    body = "\n".join(line for line in text.split("\n") if not _imports(line))
    nn = SimpleNamespace(**_constructors(), Module=Module, Parameter=_same)
    torch = SimpleNamespace(zeros=_zeros, tensor=_nothing)
    deform = SimpleNamespace(DeformConv2d=_of_rank(2), StochasticDepth=_nothing)
    space |= {"nn": nn, "torch": torch, "Tensor": object, "F": SimpleNamespace()}
    space["torchvision"] = SimpleNamespace(ops=deform)
    exec(compile(body, "written.py", "exec"), space)
    last = [value for value in space.values() if isinstance(value, type) and value is not object]
    return last[-1]().count


def _imports(line: str) -> bool:
    return line.startswith(("import ", "from "))


class Made:
    """Something with so many parameters."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.data = SimpleNamespace(copy_=_nothing)

    def __getattr__(self, name: str) -> Any:
        """An array of it, for values that are given."""
        if name in ("weight", "bias", "running_mean", "running_var"):
            return Made(0)
        raise AttributeError(name)


class Module:
    """A class of the text: what its attributes store, added up."""

    @property
    def count(self) -> int:
        """All parameters."""
        made = {id(value): value for value in vars(self).values()}
        return sum(value.count for value in made.values())

    def register_buffer(self, name: str, made: Made) -> None:
        """Register an array that is not a parameter."""
        assert made.count >= 0
        setattr(self, name, Made(0))


class ModuleList(Module):
    """Modules by their numbers."""

    def __init__(self, modules: list[Any]) -> None:
        self.modules = dict(enumerate(modules))

    @property
    def count(self) -> int:
        """All parameters."""
        return sum(module.count for module in self.modules.values())


def _of_rank(rank: int) -> Any:
    def conv(read: int, made: int, kernel: Any, **more: Any) -> Made:
        sizes = (kernel,) * rank if isinstance(kernel, int) else kernel
        assert len(sizes) == rank
        groups = more.pop("groups", 1)
        bias = more.pop("bias", True)
        assert more.keys() <= {"stride", "padding", "dilation", "output_padding"}
        assert read % groups == made % groups == 0
        weights = read * made // groups * prod(sizes)
        return Made(weights + bias * made)

    return conv


def _same(made: Made) -> Made:
    return made


def _zeros(*shape: int) -> Made:
    return Made(prod(shape))


def _nothing(*_: Any, **__: Any) -> Made:
    return Made(0)


def _linear(read: int, made: int, *, bias: bool = True) -> Made:
    return Made(read * made + bias * made)


def _batch_norm(channels: int, *, eps: float = 1e-5, affine: bool = True) -> Made:
    assert eps > 0
    return Made(2 * channels * affine)


def _instance_norm(channels: int, *, eps: float = 1e-5, affine: bool = False) -> Made:
    return _batch_norm(channels, eps=eps, affine=affine)


def _group_norm(groups: int, channels: int, *, eps: float = 1e-5, affine: bool = True) -> Made:
    assert channels % groups == 0
    return _batch_norm(channels, eps=eps, affine=affine)


def _layer_norm(
    shape: Any, *, elementwise_affine: bool = True, bias: bool = True, **_: Any
) -> Made:
    size = shape if isinstance(shape, int) else prod(shape)
    return Made(size * elementwise_affine * (1 + bias))


def _rms_norm(shape: Any, *, elementwise_affine: bool = True, **_: Any) -> Made:
    return _layer_norm(shape, elementwise_affine=elementwise_affine, bias=False)


def _recurrent(gates: int) -> Any:
    def made(
        read: int,
        units: int,
        *,
        num_layers: int = 1,
        bias: bool = True,
        bidirectional: bool = False,
        proj_size: int = 0,
        **_: Any,
    ) -> Made:
        state, ways, count = proj_size or units, 1 + bidirectional, 0
        for layer in range(num_layers):
            features = ways * state if layer else read
            each = gates * units * (features + state + 2 * bias) + proj_size * units
            count += ways * each
        return Made(count)

    return made


def _several(*modules: Any) -> Made:
    return Made(sum(module.count for module in modules))


def _constructors() -> dict[str, Any]:
    """By their names, the modules of PyTorch that texts may have."""
    found: dict[str, Any] = {f"Conv{rank}d": _of_rank(rank) for rank in (1, 2, 3)}
    found |= {f"ConvTranspose{rank}d": _of_rank(rank) for rank in (1, 2, 3)}
    found |= {f"BatchNorm{rank}d": _batch_norm for rank in (1, 2, 3)}
    found |= {f"InstanceNorm{rank}d": _instance_norm for rank in (1, 2, 3)}
    for name in ("MaxPool", "AvgPool", "LPPool", "MaxUnpool", "ZeroPad", "ConstantPad"):
        found |= {f"{name}{rank}d": _nothing for rank in (1, 2, 3)}
    for name in ("Avg", "Max"):
        found |= {f"Adaptive{name}Pool{rank}d": _nothing for rank in (1, 2, 3)}
    bare = ("ReLU", "ReLU6", "LeakyReLU", "Sigmoid", "Tanh", "SiLU", "GELU", "ELU", "SELU")
    bare += ("Softplus", "Mish", "Softsign", "CELU", "Threshold", "Hardshrink", "Softshrink")
    bare += ("Hardsigmoid", "Hardswish", "Softmax", "LogSoftmax", "Dropout", "Identity", "Flatten")
    bare += ("ChannelShuffle", "PixelShuffle", "PixelUnshuffle", "Upsample", "LocalResponseNorm")
    found |= dict.fromkeys(bare, _nothing)
    found |= {"Linear": _linear, "GroupNorm": _group_norm, "LayerNorm": _layer_norm}
    found |= {"RMSNorm": _rms_norm, "Sequential": _several, "ModuleList": ModuleList}
    found["PReLU"] = lambda num_parameters=1: Made(num_parameters)
    found |= {"RNN": _recurrent(1), "GRU": _recurrent(3), "LSTM": _recurrent(4)}
    return found
