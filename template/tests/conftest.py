"""What every test has: a guard that makes a blocking call inside a coroutine an error."""

from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx


@pytest.fixture(autouse=True)
def blockbuster() -> Iterator[BlockBuster]:
    """Raise BlockingError where a coroutine sleeps, opens a file, waits for a lock, and the like.

    A test that has to block says `blockbuster.deactivate()`. Computing is not seen: the watchdog
    of `run` finds that.
    """
    with blockbuster_ctx() as guard:
        # Garbage collection can end a process pool in any thread, and this tells its tracker.
        guard.functions["os.write"].can_block_in("multiprocessing/resource_tracker.py", "_send")
        yield guard
