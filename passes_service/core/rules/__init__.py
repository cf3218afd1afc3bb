"""What was promised before payment, as data, words and decisions.

Where to look: `terms` (the document as dataclasses), `schema` (strict JSON in and out),
`canonical` (bytes and hash), `resolve` (what an organizer types becomes Terms), `words` (Terms in
plain words), `facts` and `actions` (what is asked about which pass), `decide` (the answer),
`compare` (may this amendment be published?). Nothing here does I/O.
"""
