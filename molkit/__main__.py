"""`python -m molkit` is `molkit`."""

from molkit.cli import main

if __name__ == "__main__":
    main()
