"""Pictures of the data quality (数据质量). Console side."""
