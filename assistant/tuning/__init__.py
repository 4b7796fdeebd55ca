"""Tuning of understanding by an admin: versions, examples of the site, a review queue."""
