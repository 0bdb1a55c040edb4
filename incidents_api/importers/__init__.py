"""Importers: data sets of others, read into records of this knowledge base."""
