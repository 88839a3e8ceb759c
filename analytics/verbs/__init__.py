"""The commands of `python -m analytics`, in groups; importing a group adds its commands to the application."""
