"""The HTTP edge: parse, authorise, open the transaction, render."""
