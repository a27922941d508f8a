// Named in CMakeLists.txt.
