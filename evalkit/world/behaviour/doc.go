// Package behaviour holds worlds that class what other worlds have recorded: a
// behaviour with its closed list of outcomes, judged by one documented rule from
// the evidence on record. They are listed behind the worlds that they judge, and
// refuse a scenario that lacks one of these, before the first trial.
package behaviour
