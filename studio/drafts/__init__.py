"""The user's own data: uploaded files, their drafts, and the pages that are written for them (`slipway new`)."""
