"""CSV files for training and for prediction: decompressed, decoded, cut into batches by Arrow, and what is wrong with them."""
