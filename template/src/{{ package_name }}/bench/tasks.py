"""The tasks that the benchmark runs: workers import them from here."""

from functools import cache


def spin(iterations: int) -> int:
    """Run a pure-Python integer loop, the generator "minimal standard" of Park and Miller (1988)."""
    x = 1
    for _ in range(iterations):
        x = x * 48271 % 2147483647
    return x


def last(block: memoryview) -> int:
    """Read one byte: what it takes is the transfer of the argument."""
    return block[-1]


@cache
def block(size: int) -> bytes:
    """Return `size` bytes, made once a worker: what it takes is the transfer of the result."""
    return b"x" * size
