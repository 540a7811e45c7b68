"""An estimate of what the training of a graph takes."""

import math
from collections.abc import Sequence

from components.training.graphs.evaluating import item_bytes
from components.training.graphs.findings import Tensor

_COPIES = 3  # of the trainable weights: gradients, and the two moments that Adam keeps
_FLOAT_BYTES = 4
_OPEN = 100  # numbers in a dimension of any size, such as the length of a text


def memory_bytes(weight_bytes: int, trainable: int, activations: Sequence[Tensor], batch_size: int) -> int:
    """Bytes of weights, gradients, the optimizer's two moments, and every tensor of one batch.

    Args:
      weight_bytes: of all weights.
      trainable: how many numbers are trained, in float32.
      activations: what the layers give; kept from the forward pass until the gradients are there.
    """
    return weight_bytes + trainable * _FLOAT_BYTES * _COPIES + sum(_bytes(one, batch_size) for one in activations)


def _bytes(tensor: Tensor, batch_size: int) -> int:
    if not tensor.shape:
        return item_bytes(tensor.dtype)
    batch, *rest = tensor.shape
    sizes = [batch_size if batch is None else batch, *(_OPEN if size is None else size for size in rest)]
    return math.prod(sizes) * item_bytes(tensor.dtype)
