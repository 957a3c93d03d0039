"""Clerical review: what a person decides about pairs, and what those decisions say about the whole.

``evidence`` scores any pair again, ``questions`` puts them to a person in the order of what they teach, ``desk`` keeps
the answers with undo and redo, ``store`` keeps them on disk, ``answers`` takes a file of answers back, ``sampling``
draws pairs at random and ``measure`` turns their labels into precision and recall.
"""
