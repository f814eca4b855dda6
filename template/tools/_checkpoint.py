"""Read the tensors of a PyTorch checkpoint without PyTorch, and run nothing that it says.

A checkpoint is a pickle, and a pickle is a program. The one here is admitted to make arrays and the dictionary that holds
them; whatever else it asks for ends the reading.
"""

import io
import pickle
from collections import OrderedDict
from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


class CheckpointRefused(Exception):  # noqa: N818 - the name says what happened
    """A checkpoint is no set of tensors; the message says what it has instead."""


def _tensor(
    storage: np.ndarray, offset: int, shape: Sequence[int], strides: Sequence[int], *_: object
) -> np.ndarray:
    """Return a view of `storage`, with the strides in elements; refuses one that would reach outside of it."""
    last = offset + sum(
        (length - 1) * stride for length, stride in zip(shape, strides, strict=True)
    )
    if min(offset, *shape, *strides, 0) < 0 or max(last + 1, prod(shape)) > len(storage):
        raise CheckpointRefused("a tensor is larger than its storage")
    steps = [stride * storage.itemsize for stride in strides]
    return as_strided(storage[offset:], shape, steps, writeable=False)


_ADMITTED = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
}


class _Unpickler(pickle.Unpickler):
    """An unpickler of tensors; `storages` are filled later, since their bytes follow the pickle."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.room = file.getbuffer().nbytes
        self.storages: dict[str, np.ndarray] = {}

    def find_class(self, module: str, name: str) -> object:
        """Return what stands for a name of PyTorch."""
        if (module, name) not in _ADMITTED:
            raise CheckpointRefused(f"the checkpoint asks for {module}.{name}, which is no tensor")
        return _ADMITTED[module, name]

    def persistent_load(self, saved: tuple[str, np.dtype, str, str, int, None]) -> np.ndarray:
        """Return the storage of a tensor, once however many tensors share it."""
        _, dtype, key, _, length, _ = saved
        if not 0 <= length * dtype.itemsize <= self.room:
            raise CheckpointRefused(f"a storage of {length} elements is larger than the file")
        return self.storages.setdefault(key, np.empty(length, dtype))


def read(data: bytes) -> dict[str, np.ndarray]:
    """Return the tensors in a checkpoint by name, as arrays of float32 or int64.

    The layout is that of `torch.save` before PyTorch 1.6: three pickles about the format, one of the tensors, one that
    lists the storages, and then each storage's length, as an int64, and its elements.

    Raises CheckpointRefused for anything else, before any of it has run.
    """
    file = io.BytesIO(data)
    try:
        unpickler = _Unpickler(file)
        if unpickler.load() != MAGIC or _Unpickler(file).load() != PROTOCOL:
            raise CheckpointRefused(
                "the checkpoint has another layout than that of PyTorch before 1.6"
            )
        _Unpickler(file).load()  # how wide the writer's integers were, which only old Pythons need
        unpickler = _Unpickler(file)
        tensors = unpickler.load()
        for key in _Unpickler(file).load():
            storage = unpickler.storages[key]
            content = file.read(8 + storage.nbytes)
            if int.from_bytes(content[:8], "little") != len(storage):
                raise CheckpointRefused("a storage is longer or shorter than its tensors")
            storage[:] = np.frombuffer(content, storage.dtype, len(storage), offset=8)
    except CheckpointRefused:
        raise
    except (
        ArithmeticError, AttributeError, EOFError, LookupError, TypeError, ValueError, pickle.UnpicklingError,
    ) as error:  # fmt: skip
        raise CheckpointRefused(f"the checkpoint can't be read: {error}") from error
    return dict(tensors)
