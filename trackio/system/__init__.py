"""Metrics of the machine a run is on: probes that read them, and a sampler that logs them."""
