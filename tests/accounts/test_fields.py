"""What people type: one spelling, or a refusal that names the field."""

from __future__ import annotations

import pytest

from passes_service.accounts import fields
from passes_service.accounts.errors import FieldRefused


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.Lovelace+pass@Example.ORG \n", "ada.lovelace+pass@example.org"),
        ("fan@bücher.example", "fan@xn--bcher-kva.example"),
        ("fan@BÜCHER.example", "fan@xn--bcher-kva.example"),
        ("fan@xn--bcher-kva.example", "fan@xn--bcher-kva.example"),
        ("o'hara@a-b.co", "o'hara@a-b.co"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_an_address_has_one_spelling(typed: str, kept: str) -> None:
    assert fields.email(typed) == kept
    assert fields.email(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@",
        "ada",
        "ada@",
        "@example.org",
        "ada@localhost",
        "a b@example.org",
        "a@b@example.org",
        ".ada@example.org",
        "ada..l@example.org",
        '"ada"@example.org',
        "ada@[127.0.0.1]",
        "ada@127.0.0.1",
        "ada@-a.example",
        "ada@a_b.example",
        "ada@example..org",
        "ada@example.org.",
        "ada@straße.example",
        "ada\x00@example.org",
        "ada@example.org\r\nBcc: all@example.org",
        "ada@exam\u200bple.org",
        "jörg@example.org",
        "x" * 65 + "@example.org",
        "x@" + ".".join(["a" * 60] * 5),
    ],
)
def test_nonsense_is_refused_by_the_name_of_its_field(typed: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        fields.email(typed, field="contact_email")
    assert refused.value.members["field"] == "contact_email"


@pytest.mark.parametrize("path", ["/", "/me", "/org/series?x=1#y"])
def test_a_path_on_this_site_is_kept(path: str) -> None:
    assert fields.local_path(path) == path


@pytest.mark.parametrize(
    "path", ["", "me", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/ä"]
)
def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(FieldRefused):
        fields.local_path(path)
