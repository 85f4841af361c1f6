"""Finds what is private in a call and takes it out of texts and sound."""
