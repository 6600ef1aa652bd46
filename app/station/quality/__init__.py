"""Data quality (数据质量): what the samples of a span say about themselves. Station side, in the worker."""
