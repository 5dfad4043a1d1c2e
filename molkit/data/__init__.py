"""Tables in and out, and the labels in them."""
