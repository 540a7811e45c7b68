"""Slipway's version, read here by setup.py, the command line and the studio: the images have the program and no package metadata."""

VERSION = "0.1.0"
