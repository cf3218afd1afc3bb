"""Payment providers: money in, money back, behind one small interface."""
