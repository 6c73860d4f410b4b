package sandbox

import (
	"net/netip"
	"strings"
	"testing"
)

func TestNetIsChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ address, name, says string }{
		{"10.20.0.7/24", "", ""},
		{"10.20.0.7/24", "ens3", ""},
		{"192.168.1.1/31", "", ""},
		{"10.20.0.7/32", "", ""},
		{"", "", "Address is missing"},
		{"127.0.0.1/8", "", "no machine's own"},
		{"224.0.0.7/24", "", "no machine's own"},
		{"0.1.2.3/8", "", "no machine's own"},
		{"fd00::1/64", "", "no machine's own"},
		{"10.20.0.7/7", "", "at least 8 bits"},
		{"10.20.0.0/24", "", "first and the last"},
		{"10.20.0.255/24", "", "first and the last"},
		{"10.20.3.255/22", "", "first and the last"},
		{"10.20.0.7/24", "a/b", "no name"},
		{"10.20.0.7/24", "lo", "no name"},
		{"10.20.0.7/24", strings.Repeat("e", 16), "no name"},
	} {
		n := Net{Interface: c.name}
		if c.address != "" {
			n.Address = netip.MustParsePrefix(c.address)
		}
		got, err := n.WithDefaults()
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v", c.address, c.name, err)
		}
		if err == nil && got.Interface == "" {
			t.Errorf("%s: no interface", c.address)
		}
	}
}
