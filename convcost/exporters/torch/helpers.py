"""Functions that a file holds where a layer needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFORM_SAMPLE = '''
def deform_sample(x: Tensor, offsets: Tensor) -> Tensor:
    """Samples of each channel at places of its own: 2 offsets for each element."""
    batch, channels, height, width = x.shape
    moves = offsets.reshape(batch * channels, 2, height, width)
    rows = torch.arange(height, device=x.device).reshape(-1, 1) + moves[:, 0]
    columns = torch.arange(width, device=x.device) + moves[:, 1]
    across, down = (2 * columns + 1) / width - 1, (2 * rows + 1) / height - 1
    places = torch.stack((across, down), dim=-1)
    maps = x.reshape(batch * channels, 1, height, width)
    return F.grid_sample(maps, places, align_corners=False).reshape(x.shape)
'''
_REVERSE_SEQUENCE = '''
def reverse_sequence(x: Tensor, lengths: Tensor, dim: int, batch_dim: int) -> Tensor:
    """The first positions along an axis in reverse order, as many as there are lengths."""
    shape = [1] * x.dim()
    shape[dim] = x.shape[dim]
    places = torch.arange(x.shape[dim], device=x.device).reshape(shape)
    shape[dim], shape[batch_dim] = 1, x.shape[batch_dim]
    lengths = lengths.long().reshape(shape)
    places = torch.where(places < lengths, lengths - 1 - places, places)
    return x.gather(dim, places.expand(x.shape))
'''
_WITH_STATES = '''
def with_states(made: tuple, dim: int, reverse: bool) -> tuple[Tensor, ...]:
    """The states of all steps, and the last ones, with the samples and the steps as they came."""
    y, last = made
    states = last if isinstance(last, tuple) else (last,)
    if reverse:
        y = y.flip(1 if dim else 0)
    if dim == 2:
        y = y.transpose(1, 2)
    return (y, *(state.transpose(0, 1) if dim else state for state in states))
'''

HELPERS: Mapping[str, str] = {
    "deform_sample": _DEFORM_SAMPLE,
    "reverse_sequence": _REVERSE_SEQUENCE,
    "with_states": _WITH_STATES,
}
"""By its name, the text of a function."""
