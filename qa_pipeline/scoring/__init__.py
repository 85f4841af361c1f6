"""Findings to scorecards."""
