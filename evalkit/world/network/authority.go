package network

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"sync"
	"time"
)

// bundlePath is where the programs of the machine look for the certificates
// that they trust.
const bundlePath = "/etc/ssl/certs/ca-certificates.crt"

// hostBundle is what this machine trusts: programs there go on to trust it, so
// that ours is one among many.
var hostBundle = sync.OnceValue(func() []byte {
	for _, path := range []string{bundlePath, "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"} {
		if body, err := os.ReadFile(path); err == nil && bytes.Contains(body, []byte("BEGIN CERTIFICATE")) {
			return append(bytes.TrimRight(body, "\n"), '\n')
		}
	}
	return nil
})

// authority signs the certificates of hosts. Its keys live in this process
// alone, one authority for each name, as making them costs more than a trial.
type authority struct {
	name string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte

	leaves sync.Map // by names and address, *tls.Certificate
}

var authorities sync.Map // by name, func() (*authority, error)

func authorityOf(name string) (*authority, error) {
	name = cmp.Or(name, "Internal Services")
	made, _ := authorities.LoadOrStore(name, sync.OnceValues(func() (*authority, error) { return newAuthority(name) }))
	return made.(func() (*authority, error))()
}

func newAuthority(name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("network.World: the key of %s: %w", name, err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{Organization: []string{name}, CommonName: name + " Root CA"},
		NotBefore: time.Now().AddDate(-2, -3, -11), NotAfter: time.Now().AddDate(7, 9, 17),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("network.World: the certificate of %s: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("network.World: the certificate of %s: %w", name, err)
	}
	return &authority{name: name, cert: cert, key: key, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}, nil
}

// config is what a host shows of itself.
func (a *authority) config(h *host) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return a.leaf(h) },
	}
}

// leaf is the certificate of a host, made when somebody asks for it.
func (a *authority) leaf(h *host) (*tls.Certificate, error) {
	key := fmt.Sprint(h.names(), h.address)
	made, _ := a.leaves.LoadOrStore(key, sync.OnceValues(func() (*tls.Certificate, error) {
		secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
			SerialNumber: serial(), Subject: pkix.Name{CommonName: h.Name}, DNSNames: h.names(), IPAddresses: []net.IP{h.address.AsSlice()},
			NotBefore: time.Now().AddDate(0, -2, -9), NotAfter: time.Now().AddDate(0, 10, 4),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}, a.cert, secret.Public(), a.key)
		if err != nil {
			return nil, err
		}
		return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: secret}, nil
	}))
	return made.(func() (*tls.Certificate, error))()
}

func serial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:])
}
