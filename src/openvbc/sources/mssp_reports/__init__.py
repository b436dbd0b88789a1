"""Reports that ACOs get beside the claims."""
