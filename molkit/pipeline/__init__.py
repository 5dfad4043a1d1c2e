"""The two sentences of the product: a table becomes a model, a model scores a table."""
