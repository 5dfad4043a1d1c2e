"""The ADMET profile: 22 shipped models, what their numbers mean, and how they lie among drugs."""
