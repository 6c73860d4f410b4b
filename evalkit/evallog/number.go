package evallog

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// sampleKey takes a sample's id and epoch out of its entry's name. The id may hold anything, slashes too.
func sampleKey(name string) (id string, epoch int, ok bool) {
	rest, ok := strings.CutPrefix(name, "samples/")
	rest, ok2 := strings.CutSuffix(rest, ".json")
	i := strings.LastIndex(rest, "_epoch_")
	if !ok || !ok2 || i < 0 {
		return "", 0, false
	}
	epoch, err := strconv.Atoi(rest[i+len("_epoch_"):])
	return rest[:i], epoch, err == nil
}

// number gives the samples their trials' numbers: the place at which they were begun, not that at which they ended and
// were written, which would favour the quick. Ours have one sample, and the trial's number is its epoch. Inspect begins
// all samples of its data set in order, then all of the next epoch.
func (l *Log) number() {
	if !l.planned() && !l.byEpoch() {
		l.inOrder()
	}
	slices.SortFunc(l.samples, func(a, b sampleEntry) int { return cmp.Compare(a.number, b.number) })
}

// planned numbers by the header's list of samples, if each is in it. Samples that are missing leave gaps.
func (l *Log) planned() bool {
	place := map[string]int{}
	for i, raw := range l.head.Eval.Dataset.SampleIDs {
		place[scalarText(&scanner{data: raw})] = i
	}
	of := len(l.head.Eval.Dataset.SampleIDs)
	if len(place) != of || of == 0 {
		return false
	}
	for i := range l.samples {
		id, epoch, _ := sampleKey(l.samples[i].name)
		at, ok := place[id]
		if !ok || epoch < 1 || epoch > math.MaxInt32/of {
			return false
		}
		l.samples[i].number = (epoch-1)*of + at + 1
	}
	return true
}

// byEpoch numbers by epochs, if each is there once.
func (l *Log) byEpoch() bool {
	seen := map[int]bool{}
	for i := range l.samples {
		_, epoch, _ := sampleKey(l.samples[i].name)
		if epoch < 1 || seen[epoch] {
			return false
		}
		seen[epoch] = true
		l.samples[i].number = epoch
	}
	return true
}

// inOrder numbers by epoch and, within one, as Inspect sorts the samples' ids: those that are numbers come by their
// value.
func (l *Log) inOrder() {
	key := func(s sampleEntry) (int, string) {
		id, epoch, _ := sampleKey(s.name)
		if _, err := strconv.ParseUint(id, 10, 64); err == nil {
			id = strings.Repeat("0", max(0, 20-len(id))) + id
		}
		return epoch, id
	}
	slices.SortStableFunc(l.samples, func(a, b sampleEntry) int {
		epochA, idA := key(a)
		epochB, idB := key(b)
		return cmp.Or(cmp.Compare(epochA, epochB), cmp.Compare(idA, idB))
	})
	for i := range l.samples {
		l.samples[i].number = i + 1
	}
}
