"""`python -m hotline` is the same as `hotline`."""

from hotline.cli import app

if __name__ == "__main__":
    app()
