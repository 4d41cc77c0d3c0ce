"""Amazon Personalize as code. Importing this package is cheap: nothing is loaded before it is used."""

__version__ = "0.1.0"
