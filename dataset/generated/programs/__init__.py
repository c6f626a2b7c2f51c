"""Small programs in three languages, to be translated: a near pair of infix languages, and one of a stack machine."""
