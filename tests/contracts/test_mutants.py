"""The suites bite: faults with a name are caught by name, and mutants are what the page says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.contracts.hardhat import require_hardhat
from tests.contracts.mutants.faults import FAULTS, Fault
from tests.contracts.mutants.generate import mutants
from tests.contracts.mutants.project import CONTRACTS, Project, project
from tests.contracts.mutants.report import ENOUGH, PAGE, accepted
from tests.contracts.mutants.suites import FUZZING, judge
from tests.contracts.mutants.targets import TARGETS, everyone, fingerprint, source

FEWEST = {"PassRules.sol": 150, "Escrow.sol": 50, "Payouts.sol": 15, "Books.sol": 35}
SMALL = """
contract Small {
    uint256 private constant ONE = 1; // 2 < 3
    /// @notice if (a) b; is no code here
    function f(uint256 a) external nonReentrant returns (uint256) {
        if (a == 0 || a < 7) revert Odd(a);
        for (uint256 i = 0; i < a; ++i) g(i);
        return a > 9 ? _min(a, 9) : a;
    }
}
"""


class TestGenerator:
    def test_plants_each_fault_once_and_nothing_else(self) -> None:
        found = [(row.before, row.after) for row in mutants("Small.sol", SMALL)]

        assert Counter(found) == Counter(
            [
                ("1", "2"),
                ("1", "0"),
                ("nonReentrant", ""),
                ("a == 0 || a < 7", "!(a == 0 || a < 7)"),
                ("==", "!="),
                ("0", "1"),
                ("||", "&&"),
                ("<", "<="),
                ("7", "8"),
                ("7", "6"),
                ("revert Odd(a);", "{}"),
                ("0", "1"),
                ("<", "<="),
                ("g(i);", "{}"),
                ("a > 9 ? _min(a, 9) : a", "0"),
                ("a > 9 ? _min(a, 9) : a", "!(a > 9 ? _min(a, 9) : a)"),
                (">", ">="),
                ("9", "10"),
                ("9", "8"),
                ("_min(a, 9)", "a"),
                ("_min", "_max"),
                ("9", "10"),
                ("9", "8"),
                ("a", "_min(a, 9)"),
            ]
        )

    def test_is_the_same_in_every_run_and_spoils_no_source(self) -> None:
        before = {path: (CONTRACTS / path).read_bytes() for path in TARGETS}

        found, again = everyone(), everyone()

        assert found == again
        assert len({row.key for row in found}) == len(found)
        for row in found:
            planted = row.plant(source(row.path))
            assert planted != source(row.path), row
        assert {path: (CONTRACTS / path).read_bytes() for path in TARGETS} == before

    def test_has_enough_to_say_about_every_source(self) -> None:
        counts = Counter(row.path for row in everyone())

        assert set(counts) == set(TARGETS)
        assert all(counts[path] >= least for path, least in FEWEST.items()), counts
        assert counts.total() >= 600

    def test_the_page_explains_every_survivor(self) -> None:
        rows = PAGE.read_text(encoding="utf-8").split("\n")
        survivors = [row.split("|")[1].strip() for row in rows if " → " in row]
        score = next(row for row in rows if row.startswith("| **all**")).split("|")[-2]

        assert set(survivors) <= set(accepted())
        assert float(score) >= ENOUGH

    @pytest.mark.slow
    def test_the_page_is_of_these_sources(self) -> None:
        assert fingerprint() in PAGE.read_text(encoding="utf-8"), "run `make mutants`"


@pytest.mark.node
class TestFaultsWithAName:
    @pytest.fixture(scope="class")
    @classmethod
    def copy(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
        with project(require_hardhat(), tmp_path_factory.mktemp("hardhat")) as found:
            yield found

    @pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "_"))
    def test_are_caught(self, copy: Project, fault: Fault) -> None:
        replaced = fault.plant()

        verdict = judge(fault.suite, copy, copy.compile(replaced), replaced)

        assert verdict.caught, f"{fault.suite} does not notice: {fault.name}"
        print(f"{fault.suite}: {verdict.words}")

    @pytest.mark.slow
    @pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "_"))
    def test_are_caught_by_fuzzing_alone(self, copy: Project, fault: Fault) -> None:
        replaced = fault.plant()

        assert judge(FUZZING, copy, copy.compile(replaced), replaced).caught

    def test_are_caught_because_nothing_is_refused_without_one(self, copy: Project) -> None:
        for suite in sorted({fault.suite for fault in FAULTS}):
            verdict = judge(suite, copy, copy.compile({}), {})

            assert not verdict.caught, f"{suite}: {verdict.words}"
