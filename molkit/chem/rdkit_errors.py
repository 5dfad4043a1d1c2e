"""The exceptions that RDKit's C++ code raises where it might only have refused."""

from __future__ import annotations

# Sanitisation errors are ValueErrors, failed invariants RuntimeErrors, Boost.Python's argument errors
# TypeErrors. MemoryError is not among them: the worker pool deals with that.
RDKIT_ERRORS = (ValueError, RuntimeError, TypeError, OverflowError, IndexError, KeyError)
