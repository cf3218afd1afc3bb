"""Tokens name their organizer, have one spelling, and tell nothing else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import tokens
from tests.vectors.common import ORGANIZER, OTHER_ORGANIZER

LINK = UUID("01940000-0000-7000-8000-000000000001")
OLD, NEW = b"o" * 32, b"n" * 32
secrets = st.binary(min_size=32, max_size=32)
prefixes = st.sampled_from(["", tokens.API_KEY_PREFIX])


def derived(**changed: Any) -> str:
    fields: dict[str, Any] = {"key": OLD, "purpose": "staff-login"}
    return tokens.derive(ORGANIZER, LINK, **(fields | changed))


@given(st.uuids(), secrets, prefixes)
def test_minted_token_is_read(organizer: UUID, random: bytes, prefix: str) -> None:
    text = tokens.mint(organizer, random=random, prefix=prefix)
    token = tokens.parse(text, prefix=prefix)

    assert len(text) == len(prefix) + 64
    assert token is not None
    assert token.organizer_id == organizer
    assert token.digest == tokens.digest(text, prefix=prefix)
    assert len(token.digest) == 32


@given(st.tuples(st.uuids(), secrets), st.tuples(st.uuids(), secrets))
def test_different_tokens_have_different_digests(
    one: tuple[UUID, bytes], two: tuple[UUID, bytes]
) -> None:
    texts = [tokens.mint(organizer, random=random) for organizer, random in (one, two)]

    assert (tokens.digest(texts[0]) == tokens.digest(texts[1])) == (one == two)


@pytest.mark.parametrize(
    "text", ["", "ps_key_", "A" * 63, "A" * 65, "A" * 62 + "==", "A" * 63 + "+", "A" * 63 + "\n",
             " " + "A" * 63, "\uff21" * 64, "\ud800" * 64, "ps_key_" + "A" * 64, None, 5, b"A" * 64]
)  # fmt: skip
def test_other_spellings_are_no_tokens(text: Any) -> None:
    assert tokens.parse(text) is None
    assert tokens.verify_derived(text, keys=[OLD], purpose="staff-login") is None


def test_api_key_needs_its_prefix() -> None:
    text = tokens.mint(ORGANIZER, random=OLD)

    assert tokens.parse(text, prefix=tokens.API_KEY_PREFIX) is None
    with pytest.raises(ValueError, match="not an opaque token"):
        tokens.digest(text, prefix=tokens.API_KEY_PREFIX)


def test_too_little_randomness_is_refused() -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        tokens.mint(ORGANIZER, random=b"short")


def test_digest_stays_out_of_logs() -> None:
    token = tokens.parse(tokens.mint(ORGANIZER, random=OLD))

    assert "digest" not in repr(token)


def test_link_is_verified_with_any_of_the_keys() -> None:
    found = tokens.DerivedToken(ORGANIZER, LINK)

    for keys in ([OLD], [NEW, OLD], [OLD, NEW]):
        assert tokens.verify_derived(derived(), keys=keys, purpose="staff-login") == found
    for keys in ([], [NEW], [OLD[:31]]):
        assert tokens.verify_derived(derived(), keys=keys, purpose="staff-login") is None


def test_link_opens_only_what_it_was_made_for() -> None:
    for text in (
        derived(purpose="holder-login"),
        derived(key=NEW),
        tokens.derive(OTHER_ORGANIZER, LINK, key=OLD, purpose="other"),
        derived(prefix="x"),
    ):
        assert tokens.verify_derived(text, keys=[OLD], purpose="staff-login") is None


@given(st.integers(0, 85), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop0189-_"))
def test_changed_character_makes_a_link_worthless(place: int, character: str) -> None:
    text = derived()
    changed = text[:place] + character + text[place + 1 :]

    found = tokens.verify_derived(changed, keys=[OLD], purpose="staff-login")

    assert (found is not None) == (changed == text)


@given(st.text(max_size=100))
def test_any_text_is_a_token_or_none(text: str) -> None:
    tokens.parse(text)
    assert tokens.verify_derived(text, keys=[OLD], purpose="staff-login") is None
