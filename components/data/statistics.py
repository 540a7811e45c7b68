"""How columns are measured: the options of TFDV's statistics, of a run's examples and of new rows alike."""

from tensorflow_data_validation.statistics.stats_options import StatsOptions

# Sketches hold as much of a column of a million names as of one of a thousand; counting each name exactly takes a Beam key for
# each. Exact are the counts of up to 1024 different values, and how many there are up to 16384 (TFDV's stats_impl); above
# that a count is off by at most 1/1024 of the rows (Misra and Gries, 1982).
OPTIONS = StatsOptions(use_sketch_based_topk_uniques=True)
