"""The scanner page's modules, run by Node against what Python says."""
