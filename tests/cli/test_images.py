"""Models of images through the command line: folders, arrays, tables of paths, one image, damaged files."""

from __future__ import annotations
