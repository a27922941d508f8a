// A module needs a source.
