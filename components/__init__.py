"""How a step works: TFX components and the functions that TFX components call."""
