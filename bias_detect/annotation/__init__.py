"""From documents and audits to sentences for annotators: above the audit and the corpus, which it joins."""
