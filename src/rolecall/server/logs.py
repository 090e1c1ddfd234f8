"""What does a server say of itself while it runs? One line an event on standard error, as text or as JSON.

Warnings and errors always; with `requests` also every call: who, what, how it ended, how long it took. Nothing of
what a request carries beside its names is ever logged: no header, no parameter, no token, no answer.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any, Final

import msgspec

LOG_FORMATS: Final = ("text", "json")
LOG_LEVELS: Final = ("errors", "requests")

requests: Final = logging.getLogger("rolecall.requests")


def configure(format: str, level: str) -> None:
    """Set up logging for a process that serves."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if format == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    requests.setLevel(logging.INFO if level == "requests" else logging.WARNING)


def request(**facts: Any) -> None:
    """Log one call, where calls are logged."""
    if requests.isEnabledFor(logging.INFO):
        requests.info("request", extra={"facts": facts})


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, process, and the facts of a request."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode("utf-8", "replace")


class TextLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts = getattr(record, "facts", {})
        told = " ".join(f"{name}={_plain(value)}" for name, value in facts.items())
        line = f"{_time(record)} {record.levelname.lower()} {record.getMessage()}{' ' if told else ''}{told}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _time(record: logging.LogRecord) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{whole}.{int(record.msecs):03d}Z"


def _plain(value: Any) -> str:
    """One word: what a client chose cannot look like more of the line, or like another one."""
    text = str(value)
    fine = text.isprintable() and text and not any(letter in text for letter in ' "=')
    return text if fine else msgspec.json.encode(text).decode()
