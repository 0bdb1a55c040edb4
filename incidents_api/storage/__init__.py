"""All that knows SQL: the tables, the one way to write them, the one way to read them."""
