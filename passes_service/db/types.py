"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Dialect, Numeric, String
from sqlalchemy.types import TypeDecorator, TypeEngine

_DIGITS = 78  # of 2**256 - 1


class Uint256(TypeDecorator[int]):
    """An unsigned integer below 2**256: NUMERIC on PostgreSQL, zero-padded text on SQLite.

    SQLite would bind NUMERIC(78, 0) as a float and lose the low digits; padding keeps the
    order of text the order of numbers.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Pick the storage of this database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(_DIGITS, 0))
        return dialect.type_descriptor(String(_DIGITS))

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Any:
        """Refuse what does not fit; a wrong number must never reach a row."""
        if value is None:
            return None
        if not 0 <= value < 2**256:
            raise ValueError(f"{value} is not an unsigned 256-bit integer")
        return Decimal(value) if dialect.name == "postgresql" else f"{value:0{_DIGITS}d}"

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        """Give back the integer."""
        return None if value is None else int(value)
