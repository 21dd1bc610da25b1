"""Measurements beside a peer in the same run, since machines are shared and noisy."""
