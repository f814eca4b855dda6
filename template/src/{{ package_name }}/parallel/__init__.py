"""CPU work on every core: `pool.cpu_pool` for coroutines, `executors.cpu_executor` for code without a loop.

It stays empty, since each worker imports it.
"""
