"""What the contracts promise, asked of the tools that compile and run them."""
