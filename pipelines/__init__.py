"""Which steps, where: one module per dataset, the builder that makes a TFX pipeline of it, and the runners."""

from schemas import page_folders

page_folders.make_importable(__path__)  # here, so that every process that unpickles or imports by path has them
