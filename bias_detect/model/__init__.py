"""The classifier: features, training, evaluation, bundles and cards."""
