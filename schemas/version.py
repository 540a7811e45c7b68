"""Slipway's version, for setup.py, the command line and the studio: images have the program and no package metadata."""

VERSION = "0.1.0"
