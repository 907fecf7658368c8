"""The door for `python -m derive.cli`."""

from derive.cli import main

if __name__ == "__main__":
    main()
