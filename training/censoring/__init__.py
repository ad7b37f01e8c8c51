"""Rows whose label window was interrupted, and those that stand for them."""
