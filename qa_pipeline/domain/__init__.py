"""Frozen types without I/O."""
