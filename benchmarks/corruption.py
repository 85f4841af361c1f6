"""Texts as a recogniser would garble them: the error model that the classifiers are trained with, too."""

from models.train.corruption import MIXES, confusions, corrupt, homophones, spelling

__all__ = ["MIXES", "confusions", "corrupt", "homophones", "spelling"]
