"""What was promised before payment, as data, words and decisions."""
