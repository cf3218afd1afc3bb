"""Calendar passes: issue, show, verify, transfer and refund them by published rules."""
