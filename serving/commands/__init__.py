"""The commands that serve and measure: their options. Every heavy import happens inside the command that needs it."""
