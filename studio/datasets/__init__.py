"""The datasets as the studio knows them: what `slipway describe` says, and graphs to begin with."""
