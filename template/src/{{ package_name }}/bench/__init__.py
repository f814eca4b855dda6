"""`bench`: what parallel work gains on this machine, and what it costs."""
