"""The one place where the store meets the models. Results are cached by role, data version and parameters."""
