"""Many documents at once: shares of the labels, with what the classifier's errors do to them."""
