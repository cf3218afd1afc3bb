"""What a check of a feed finds, as data: where, what, by which rule, who suffers, what to do."""

from collections import Counter
from dataclasses import dataclass, field

from ics_feeds.rules import RULES, Severity

MOST_OF_A_KIND = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, or one habit that is legal and still bad in a subscription.

    Args:
        code: Stable name of the kind.
        line: Physical line where it is; 0 if it is about the whole feed.
        severity: "error" where some app loses or misreads data, else "warning".
        message: What is there, in plain words.
        section: Where a standard says so, such as "RFC 5545 3.6.1"; empty where none does.
        suffers: Which app suffers, and how.
        remedy: What to do about it.
    """

    code: str
    line: int
    severity: Severity
    message: str
    section: str
    suffers: str
    remedy: str

    def __str__(self) -> str:
        """Return what and where as one sentence."""
        where = f"line {self.line}: " if self.line else ""
        section = f" ({self.section})" if self.section else ""
        return f"{where}{self.message}{section}"


def finding(code: str, line: int, message: str, section: str = "") -> Finding:
    """Return a finding of a kind in `ics_feeds.rules`; `section` if it is narrower than its own."""
    rule = RULES[code]
    shown = _visible(message)
    return Finding(
        code, line, rule.severity, shown, section or rule.section, rule.suffers, rule.remedy
    )


def _visible(message: str) -> str:
    """Return a message that moves no cursor: what it quotes may have been made to."""
    return "".join(one if one.isprintable() else f"U+{ord(one):04X}" for one in message[:300])


@dataclass(slots=True)
class Findings:
    """Collects findings; of each kind it keeps the first hundred and counts the rest."""

    kept: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, line: int, message: str, section: str = "") -> None:
        """Note one fault."""
        self.counts[code] += 1
        if self.counts[code] <= MOST_OF_A_KIND:
            self.kept.append(finding(code, line, message, section))

    def sorted(self) -> list[Finding]:
        """Return errors first, then by line; what was not kept is told once for each kind."""
        rest = [
            finding(code, 0, f"{count - MOST_OF_A_KIND:,} more of this kind")
            for code, count in self.counts.items()
            if count > MOST_OF_A_KIND
        ]
        return sorted(
            self.kept + rest, key=lambda one: (one.severity != "error", not one.line, one.line)
        )
