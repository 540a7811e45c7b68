"""`slipway compare`: versions of a model side by side in an Excel workbook, with every answer and live formulas."""
