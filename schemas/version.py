"""Slipway's own version; setup.py and the command line read it here, as the images have the program and no package metadata."""

VERSION = "0.1.0"
