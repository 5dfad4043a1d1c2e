"""The command line: parse, call, print. Each command's file is thin, and heavy parts load when it runs."""

from __future__ import annotations

import errno
import os
import sys

from molkit.errors import MolkitError


def main() -> None:
    """Entry point; see the exit codes in the README."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a cell may hold any character
    try:
        from molkit.cli.app import app

        code = _ended(app(standalone_mode=False))
    except MolkitError as error:
        _say(str(error))
        code = error.exit_code
    except KeyboardInterrupt:
        code = _interrupted()
    except Exception as error:
        code = _other(error)
    sys.exit(_flushed(code))


def _say(text: str) -> None:
    """One line on standard error, control characters made visible."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    print(f"molkit: {shown}", file=sys.stderr)


def _ended(result: object) -> int:
    """Depending on its version, the command-line library returns the exit code of an Exit or an interrupt."""
    code = result if isinstance(result, int) else 0
    return _interrupted() if code == 130 else code


def _interrupted() -> int:
    _say("interrupted; no output is incomplete, and a command that writes a table goes on when it is repeated")
    return 130


def _flushed(code: int) -> int:
    """The exit code once standard output is written out: a full disk shows only then."""
    try:
        sys.stdout.flush()
    except OSError as error:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  the interpreter flushes once more at its end
        if error.errno != errno.EPIPE:  # whoever read the output has seen enough
            _say(f"standard output: {error.strerror}")
            return 4
    return code


def _other(error: Exception) -> int:
    """Usage errors of the command-line library print themselves; a full disk is one line."""
    exit_code = getattr(error, "exit_code", None)
    if exit_code is not None and hasattr(error, "show"):
        error.show()
        return 2
    if type(error).__name__ in ("Exit", "Abort"):
        return int(exit_code or 0) if type(error).__name__ == "Exit" else _interrupted()
    if isinstance(error, OSError):
        _say(f"{error.filename or 'output'}: {error.strerror or error}")
        return 4
    raise error
