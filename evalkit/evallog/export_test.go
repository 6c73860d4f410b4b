package evallog

// InspectPython is inspectPython, for the tests that judge logs with matchers.
var InspectPython = inspectPython
