"""OpenVBC: the open system that value-based care runs on."""
