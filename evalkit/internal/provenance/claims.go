package provenance

import (
	"cmp"
	"slices"
)

// claim says that from..to of a payload stands in a source from at on, in bytes
// or in words.
type claim struct {
	source   int32
	from, to int64
	at       int64
	// quoted: the source itself has it from elsewhere.
	quoted bool
}

// share is how much of a claim is its source's: sole what no other source
// claims, few what at most two others do.
type share struct{ sole, few int64 }

const (
	// maxClaims bounds the claims of a payload, or of a block of it, that are kept.
	maxClaims = 4096
	fewOthers = 2
)

// settle divides a payload among those who claim parts of it. A passage that
// somebody wrote and others quote is his who wrote it; if only quotations of it
// are known, the first one's. measure says how much a part of a claim is worth.
func settle(claims []claim, measure func(c claim, from, to int64) int64) []share {
	shares := make([]share, len(claims))
	order := make([]int, len(claims))
	edges := make([]int64, 0, 2*len(claims))
	for i, c := range claims {
		order[i] = i
		edges = append(edges, c.from, c.to)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(claims[a].from, claims[b].from) })
	var active []int
	for e := 0; e+1 < len(edges); e++ {
		from, to := edges[e], edges[e+1]
		for len(order) > 0 && claims[order[0]].from <= from {
			active = append(active, order[0])
			order = order[1:]
		}
		active = slices.DeleteFunc(active, func(i int) bool { return claims[i].to <= from })
		owners, others := ownersOf(claims, active)
		for _, i := range owners {
			worth := measure(claims[i], from, to)
			if others == 0 {
				shares[i].sole += worth
			}
			if others <= fewOthers {
				shares[i].few += worth
			}
		}
	}
	return shares
}

// ownersOf returns which of the active claims count, one for a source, and how
// many other sources claim the same.
func ownersOf(claims []claim, active []int) (owners []int, others int) {
	for _, i := range active {
		if !claims[i].quoted && !slices.ContainsFunc(owners, func(o int) bool { return claims[o].source == claims[i].source }) {
			owners = append(owners, i)
		}
	}
	if len(owners) == 0 && len(active) > 0 {
		owners = append(owners, slices.MinFunc(active, func(a, b int) int { return cmp.Compare(claims[a].source, claims[b].source) }))
	}
	return owners, len(owners) - 1
}
