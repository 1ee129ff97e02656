"""People who close gaps: experts who answer, curators who write and publish, operators who decide."""
