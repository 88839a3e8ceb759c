"""The facts and their words: sources, checks, loading, the store. Imports nothing else of the project."""
