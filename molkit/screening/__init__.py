"""Ranking a library by what models predict, and what a chemist wants to see of the best."""
