"""The documentation says what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import passes_service.cli.main
import passes_service.hub.app
import passes_service.hub.authority
import passes_service.web.app
import passes_service.worker.loop
from passes_service.core.errors import catalogue
from passes_service.web.problems import STATUS

DOCS = Path(__file__).parent.parent / "docs"
README = DOCS.parent / "README.md"
HEAD = """# Errors

Every refusal carries one of these codes; they are never renamed. `python -m tests.test_docs` writes
this page from the code.

| code | status | what it means | what to do next |
|---|---|---|---|
"""

assert passes_service.cli.main
assert passes_service.hub.app
assert passes_service.hub.authority
assert passes_service.web.app
assert passes_service.worker.loop


def errors_page() -> str:
    """Return docs/errors.md as the code has it."""
    rows = [
        f"| `{error.code}` | {STATUS[error.kind]} | {error.title} | {error.next_step} |"
        for error in catalogue()
        if error.__module__.startswith("passes_service.")  # not those that tests define
    ]
    return HEAD + "\n".join(rows) + "\n"


def test_the_errors_page_is_what_the_code_says() -> None:
    assert (DOCS / "errors.md").read_text() == errors_page(), "run: python -m tests.test_docs"


@pytest.mark.parametrize("page", [README, *sorted(DOCS.glob("*.md"))], ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_decisions_are_numbered_without_gaps() -> None:
    text = (DOCS / "decisions.md").read_text()
    numbers = [int(number) for number in re.findall(r"^## (\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    for block in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        starts = [line.split(":")[0] for line in block.splitlines()[1:] if line.strip()]
        assert starts[:3] == ["Context", "Choice", "Consequence"], block.splitlines()[0]


if __name__ == "__main__":
    (DOCS / "errors.md").write_text(errors_page())
