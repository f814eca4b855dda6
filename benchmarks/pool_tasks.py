"""The tasks of benchmarks/pool.py: every kind of worker imports them from here."""


def spin(iterations: int) -> int:
    """Run a pure-Python integer loop: Park and Miller's generator of random numbers (1988)."""
    x = 1
    for _ in range(iterations):
        x = x * 48271 % 2147483647
    return x


def spin_all(items: list[int]) -> int:
    """Run `spin` for all items, one after the other, and return the sum of what it returned."""
    return sum(map(spin, items))
