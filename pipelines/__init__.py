"""Which steps, where: one module per dataset, the builder that makes a TFX pipeline of it, and the runners."""
