"""Thin Prefect flows, one file each."""
