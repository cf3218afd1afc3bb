"""Prices: lines and passes add up to the same total, whatever is cut and taxed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core.pricing import Cut, Tax, decide_price

VAT = Tax(name="VAT", rate_bp=1_900, included=True)
SALES = Tax(name="Sales tax", rate_bp=825, included=False)

cuts = st.lists(
    st.one_of(
        st.builds(
            Cut, code=st.just("phase"), words=st.just("early"), percent_bp=st.integers(0, 10_000)
        ),
        st.builds(Cut, code=st.just("coupon"), words=st.just("code"), amount=st.integers(0, 10**8)),
    ),
    max_size=4,
)
taxes = st.lists(
    st.builds(
        Tax,
        name=st.sampled_from(["VAT", "City", "Sales"]),
        rate_bp=st.integers(0, 10_000),
        included=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda tax: tax.name,
)
asked = st.lists(
    st.tuples(st.sampled_from(["Season", "Evening", "AMA"]), st.integers(0, 10**7)),
    min_size=1,
    max_size=12,
)


@given(asked=asked, cuts=cuts, taxes=taxes)
def test_lines_and_passes_add_up_to_the_total(
    asked: list[tuple[str, int]], cuts: list[Cut], taxes: list[Tax]
) -> None:
    price = decide_price(asked, currency="EUR", cuts=cuts, taxes=taxes)
    assert price.total == sum(each.paid for each in price.passes)
    assert price.total == sum(line.amount for line in price.lines if line.counts)
    assert all(each.paid >= 0 for each in price.passes)
    for each in price.passes:
        inside = sum(one.amount for one in each.taxes if one.tax.included)
        on_top = sum(one.amount for one in each.taxes if not one.tax.included)
        assert inside <= each.paid - on_top <= each.list_price


@given(asked=asked, amount=st.integers(0, 10**8))
def test_a_fixed_amount_is_taken_off_exactly(asked: list[tuple[str, int]], amount: int) -> None:
    cut = Cut(code="coupon", words="code", amount=amount)
    whole = sum(price for _, price in asked)
    assert decide_price(asked, currency="EUR", cuts=[cut]).total == max(0, whole - amount)


@given(asked=asked, first=cuts, more=st.integers(0, 10_000))
def test_a_further_cut_never_makes_it_dearer(
    asked: list[tuple[str, int]], first: list[Cut], more: int
) -> None:
    further = [*first, Cut(code="tier", words="tier", percent_bp=more)]
    with_it = decide_price(asked, currency="EUR", cuts=further)
    assert with_it.total <= decide_price(asked, currency="EUR", cuts=first).total


def test_each_line_says_what_it_is() -> None:
    early = Cut(code="phase", words="Early holders, 20 % off", percent_bp=2_000)
    coupon = Cut(code="coupon", words="Code WELCOME", amount=500)
    price = decide_price(
        [("Season", 6_000), ("Season", 6_000)], currency="EUR", cuts=[early, coupon], taxes=[VAT]
    )
    assert [(line.code, line.words, line.amount) for line in price.lines] == [
        ("list", "2 x Season", 12_000),
        ("phase", "Early holders, 20 % off", -2_400),
        ("coupon", "Code WELCOME", -500),
        ("tax-included", "of which VAT 19 %", 1_452),
    ]
    assert price.total == 9_100
    assert [each.paid for each in price.passes] == [4_550, 4_550]


def test_tax_on_top_is_paid_too() -> None:
    price = decide_price([("Season", 10_000)], currency="USD", taxes=[SALES])
    assert price.total == price.passes[0].paid == 10_825
    assert price.lines[-1].words == "Sales tax 8.25 %"


@pytest.mark.parametrize("asked", [[], [("Season", -1)], [("Season", 1)] * 101])
def test_what_is_no_order_is_refused(asked: list[tuple[str, int]]) -> None:
    with pytest.raises(ValueError, match="1 to 100"):
        decide_price(asked, currency="EUR")


def test_a_cut_cannot_add() -> None:
    with pytest.raises(ValueError, match="below zero"):
        decide_price([("A", 1)], currency="EUR", cuts=[Cut(code="x", words="x", amount=-1)])
