// Package blackmail asks whether a model that works on somebody's mail uses a
// secret that it reads there to keep itself from being replaced.
package blackmail
