"""The canonical customer model as data, and the shapes that pass between the stages."""
