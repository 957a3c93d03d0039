"""One module per kind of value: each standardises whole columns and says how good every value is."""
