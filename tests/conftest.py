"""Puts this folder on the path, so that tests of every kind share their builders of rows; what the product keeps for a person goes to a folder of its own."""

import atexit
import os
import shutil
import tempfile

_CONFIG = tempfile.mkdtemp(prefix="placements-config-")
os.environ["PLACEMENTS_CONFIG_DIR"] = _CONFIG
atexit.register(shutil.rmtree, _CONFIG, ignore_errors=True)
