"""Disclosure control: what of a table may be published, so that nobody learns of one child or one provider.

`counts` and `money` make a `Table`, `protect` and `protect_together` hide what must be hidden, `verify` is the last gate, and `history` says what
earlier releases ask of a new one. The method and its limits: docs/disclosure.md.
"""
