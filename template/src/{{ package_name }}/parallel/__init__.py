"""CPU work on every core. It imports nothing, since each worker imports it."""
