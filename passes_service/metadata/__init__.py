"""What wallets show of a token: JSON, picture, contract page."""
