"""Search over the options of learners; only here is optuna used."""
