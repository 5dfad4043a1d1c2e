"""Why a model says what it says of one patient, or of one image."""
