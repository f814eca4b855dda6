"""Fetch documents from many places at once, analyse them on every core while more arrive, and report."""
