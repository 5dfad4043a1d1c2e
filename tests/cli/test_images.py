"""Models of images through the command line: folders, arrays, tables of paths, one image, damaged files."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import molkit
from tests.cli.test_files import run  # the command line in this process
