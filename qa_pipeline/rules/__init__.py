"""Rubrics: read, checked, and asked of a call."""
