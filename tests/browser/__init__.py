"""Pages in a real Chromium: run apart, `pytest tests/browser`."""
