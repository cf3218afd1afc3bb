"""Rules, codecs and arithmetic. No I/O: `now`, randomness and keys are arguments."""
