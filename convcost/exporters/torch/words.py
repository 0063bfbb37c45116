"""Names of layers as Python can have them, and as people write them."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

RESERVED = frozenset(
    (
        *("T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init"),
        *("children", "compile", "cpu", "cuda", "double", "dump_patches", "eval", "extra_repr"),
        *("float", "forward", "get_buffer", "get_extra_state", "get_parameter"),
        *("get_submodule", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers"),
        *("named_children", "named_modules", "named_parameters", "parameters"),
        *("register_backward_hook", "register_buffer", "register_forward_hook"),
        *("register_forward_pre_hook", "register_full_backward_hook"),
        *("register_full_backward_pre_hook", "register_load_state_dict_post_hook"),
        *("register_load_state_dict_pre_hook", "register_module", "register_parameter"),
        *("register_state_dict_post_hook", "register_state_dict_pre_hook", "requires_grad_"),
        *("set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty"),
        *("train", "training", "type", "xpu", "zero_grad"),
    )
)
"""What every module of PyTorch has already."""

MEANT = ("self", "torch", "nn", "torchvision", "deform_sample", "reverse_sequence", "with_states")
"""Names that a forward pass has for other things than tensors."""

SPELLED = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "bn": "BN",
    "se": "SE",
    "aspp": "ASPP",
    "tcn": "TCN",
    "silu": "SiLU",
}
"""Words that papers write otherwise than with a capital first."""


def identifier(text: str) -> str:
    """A text as a name in Python."""
    word = re.sub(r"\W", "_", text, flags=re.ASCII).strip("_") or "net"
    word = f"layer{word}" if word[0].isdigit() else word
    return f"{word}_" if keyword.iskeyword(word) else word


def attribute(text: str) -> str:
    """A text as the name of something of a module."""
    word = identifier(text)
    return f"{word}_" if word in RESERVED else word


def class_name(text: str) -> str:
    """``conv_bn_relu`` as ``ConvBNReLU``."""
    parts = [part for part in re.split(r"[^0-9A-Za-z]+", text) if part]
    name = "".join(SPELLED.get(part, part[:1].upper() + part[1:]) for part in parts) or "Net"
    name = f"Net{name}" if name[0].isdigit() else name
    return f"{name}Net" if name in ("Tensor", "F", "None", "True", "False") else name


def arguments_of(names: Iterable[str]) -> list[str]:
    """Names for the arguments of a function, each once."""
    found: list[str] = []
    for name in names:
        word = free = identifier(name.lower())
        number = 2
        while free in found or free in MEANT:
            free, number = f"{word}_{number}", number + 1
        found.append(free)
    return found
