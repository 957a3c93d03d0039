"""Reading: files of every format, databases, and what is known of the systems they come from."""
