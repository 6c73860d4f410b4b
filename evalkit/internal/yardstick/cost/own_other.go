//go:build !linux

package cost

import "errors"

// Own is an error where there is no Linux to ask.
func Own() (Cost, error) {
	return Cost{}, errors.New("the cost of a process is measured on Linux only")
}
