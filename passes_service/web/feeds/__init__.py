"""The personal feed: the one address that apps ask for all day, so it has a way of its own."""
