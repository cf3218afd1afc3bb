"""Python's `decide` and the compiled Solidity rules, asked the same questions."""
