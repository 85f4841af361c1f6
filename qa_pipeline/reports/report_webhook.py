"""Tells another system that a list is ready. A failure is said, and never stops a night's work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

_WAIT_S = 10


def post(url: str, message: Mapping[str, object]) -> str | None:
    """Send ``message`` as JSON by HTTP POST.

    Args:
        url: where to; ``http`` and ``https`` only, so that a setting can't make us read files.
        message: plain data. No words of a call: the receiver may be a chat room.

    Returns:
        None when it was taken (a status of 2xx), else why not, without the URL, which may hold a key.
    """
    body = json.dumps(message, ensure_ascii=False).encode()
    try:
        if urlsplit(url).scheme not in ("http", "https"):
            return "http(s)?"
        request = Request(url, data=body, headers={"Content-Type": "application/json; charset=utf-8"})
        with urlopen(request, timeout=_WAIT_S):
            return None
    except HTTPError as error:
        error.close()
        return f"HTTP {error.code}"
    except URLError as error:
        return str(error.reason)
    except (OSError, ValueError) as error:
        return str(error) or type(error).__name__
