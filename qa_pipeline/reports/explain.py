"""A finding's explanation as a sentence: findings store a key and parameters, readers choose the language."""

from __future__ import annotations

from qa_pipeline.domain.finding import Finding, ParamValue
from qa_pipeline.i18n import Lang, catalogue, text


def explain(finding: Finding, lang: Lang) -> str:
    """The sentence ``findings.<key>`` with the finding's parameters; lists are joined, whole numbers lose their ``.0``.

    Raises:
        KeyError: no such message, or a parameter is missing.
    """
    message = finding.explanation
    params = {name: _readable(_named(name, value, lang), lang) for name, value in message.params.items()}
    if "what" in params and "of" in params:
        params["what"] = text("findings.and_more", lang, what=params["what"], of=params["of"])
    if message.key == "forbidden":
        # What was heard and what is forbidden are mostly the same words: saying them twice reads like two faults.
        same = params["quote"] == params["expected"]
        params["meant"] = "" if same else text("findings.forbidden_meant", lang, expected=params["expected"])
    return text(f"findings.{message.key}", lang, **params)


def _named(name: str, value: ParamValue, lang: Lang) -> ParamValue:
    """Columns, kinds of entities and answers of models by their names in the reader's language."""
    if name in ("field", "since"):
        return str(catalogue("form", lang).get(f"field_{value}", value))
    if name in ("entity", "label") and isinstance(value, tuple):
        return tuple(text(f"findings.{name}.{kind}", lang) for kind in value)
    return value


def _readable(value: ParamValue, lang: Lang) -> ParamValue:
    if isinstance(value, tuple):
        return ("、" if lang == "zh" else ", ").join(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 2)
    return value
