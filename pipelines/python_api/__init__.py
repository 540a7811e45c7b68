"""What `import slipway` does: run a pipeline, ask and judge a pushed model, in the caller's own process."""
