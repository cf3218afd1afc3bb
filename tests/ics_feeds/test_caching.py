"""Conditional requests by RFC 9110."""

import gzip

import pytest

from ics_feeds import compress, etag, gzip_etag, matches

TAG = etag(b"feed")


def test_equal_bytes_have_one_strong_tag_and_others_another() -> None:
    assert etag(b"feed") == TAG
    assert etag(b"feed!") != TAG
    assert TAG.startswith('"')
    assert TAG.endswith('"')
    assert gzip_etag(TAG) == TAG[:-1] + '-gzip"'


def test_gzip_gives_the_same_bytes_each_time() -> None:
    assert compress(b"feed") == compress(b"feed")
    assert gzip.decompress(compress(b"feed")) == b"feed"


@pytest.mark.parametrize(
    "field",
    [
        TAG,
        f"W/{TAG}",
        f'"other", {TAG}',
        f'"a,b" ,\t{TAG} , W/"c"',
        f',, {TAG},,"x",',
        f'"",{TAG}',
        f'"\xfc!#~"  ,{TAG}',
        "*",
        " * ",
    ],
)
def test_a_field_that_names_the_tag_matches(field: str) -> None:
    assert matches(field, TAG)


@pytest.mark.parametrize(
    "field",
    [
        "",
        ",",
        '"other"',
        TAG.strip('"'),
        f"w/{TAG}",
        f"{TAG} {TAG}",
        f"*, {TAG}",
        f'"unclosed, {TAG}',
        f"{TAG}, junk",
        gzip_etag(TAG),
        '"' + "x" * 100_000,
        '"a",' * 20_000 + "junk",
        "," * 100_000 + "junk",
    ],
)
def test_other_and_broken_fields_match_nothing(field: str) -> None:
    assert not matches(field, TAG)


def test_a_weak_tag_of_ours_would_match_weakly() -> None:
    assert matches(TAG, f"W/{TAG}")
