"""The operators, one file each: found by :mod:`qa_pipeline.rules.registry`."""
