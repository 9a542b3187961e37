"""Sentences with personal data: the kind, the sentence, and what in it is personal."""

PERSONAL = [
    ("names after titles", "Mrs Hallam rang.", "Hallam"),
    ("names after titles", "It was Dr J. K. O’Brien-Lomax who rang.", "O’Brien-Lomax"),
    ("names after titles", "Mr Peter Tolland rang.", "Peter Tolland"),
    ("dates of birth", "He was born on 3 May 1987.", "3 May 1987"),
    ("dates of birth", "The note gave her DOB: 03/05/87.", "03/05/87"),
    ("dates of birth", "Her date of birth is the 3rd of May 1987.", "the 3rd of May 1987"),
    ("NHS numbers", "The card said 943 476 5919.", "943 476 5919"),
    ("NHS numbers", "The card said 9434765919.", "9434765919"),
    ("postcodes", "It went to AB10 1XY.", "AB10 1XY"),
    ("telephone numbers", "She rang 01632 960001 twice.", "01632 960001"),
    ("telephone numbers", "She rang +44 (0)7700 900123 twice.", "+44 (0)7700 900123"),
    ("telephone numbers", "She rang (020) 7946 0958 twice.", "(020) 7946 0958"),
    ("e-mail addresses", "It went to jo.bloggs@example.org on Monday.", "jo.bloggs@example.org"),
]
