"""New molecules from an autoencoder: drawn, around a hit, or searched for by predictions."""
