"""What is known about one kind of fault."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a rule stands, who suffers when it is broken, what to do then."""

    severity: Severity
    section: str
    suffers: str
    remedy: str


def error(section: str, suffers: str, remedy: str) -> Rule:
    """Return a rule without which some app loses or misreads something."""
    return Rule("error", section, suffers, remedy)


def warning(section: str, suffers: str, remedy: str) -> Rule:
    """Return a rule without which a feed is a worse subscription than it could be."""
    return Rule("warning", section, suffers, remedy)
