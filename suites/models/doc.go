// Package models holds the specs that every model is put to, and one spec file
// per model: add a file that calls describe with its name to put another
// one to them.
package models
