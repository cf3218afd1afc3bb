"""From the book to a wallet: lock, sign a MintClaim, release by finality only."""
