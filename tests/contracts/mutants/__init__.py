"""Small faults planted in the contracts by rule and by name, to show that the suites bite."""
