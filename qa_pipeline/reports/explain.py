"""A finding's explanation as a sentence: findings store a key and parameters, readers choose the language."""

from __future__ import annotations

from qa_pipeline.domain.finding import Finding, ParamValue
from qa_pipeline.i18n import Lang, text


def explain(finding: Finding, lang: Lang) -> str:
    """The sentence ``findings.<key>`` with the finding's parameters; lists are joined, whole numbers lose their ``.0``.

    Raises:
        KeyError: no such message, or a parameter is missing.
    """
    message = finding.explanation
    params = {name: _readable(_named(name, value, lang), lang) for name, value in message.params.items()}
    return text(f"findings.{message.key}", lang, **params)


def _named(name: str, value: ParamValue, lang: Lang) -> ParamValue:
    """Kinds of entities and answers of models by their names in the reader's language."""
    if name in ("entity", "label") and isinstance(value, tuple):
        return tuple(text(f"findings.{name}.{kind}", lang) for kind in value)
    return value


def _readable(value: ParamValue, lang: Lang) -> ParamValue:
    if isinstance(value, tuple):
        return ("、" if lang == "zh" else ", ").join(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 2)
    return value
