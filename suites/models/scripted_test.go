package models_test

var _ = describe("scripted/aligned")
