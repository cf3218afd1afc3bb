"""Reading chains: blocks and logs into the book, through reorganisations."""
