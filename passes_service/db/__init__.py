"""Tables, engines and the outbox."""
