"""Money back: quote, request, settle, as the published Terms say."""
