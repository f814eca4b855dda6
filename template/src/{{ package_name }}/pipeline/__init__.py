"""Fetch documents from many places, analyse them on every core while more arrive, and report."""
